"""The command line: one file a group of commands, loaded when a command of it is called."""

import os
import sys
from collections.abc import Sequence


def main(words: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code. No traceback reaches a person."""
    words = sys.argv[1:] if words is None else words
    try:
        return _ls() if list(words) == ["ls"] else _any(words)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as problem:
        from interlock.cli.telling import told

        return told(problem)


def _ls() -> int:
    # asked most often, with nothing to read: loading the parser would take longer than the answer
    import asyncio

    from interlock.cli.listing import listed

    return asyncio.run(listed())


def _any(words: Sequence[str]) -> int:
    from interlock.cli.app import run

    return run(words)
