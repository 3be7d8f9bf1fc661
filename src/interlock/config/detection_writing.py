"""Writing a first `interlock.toml`: each guess a table, with a comment that says where it comes from."""

import json
from collections.abc import Iterable, Sequence

from interlock.config.detection_guesses import CheckGuess, LeftOut, TaskGuess


def written(name: str, found: Sequence[CheckGuess | TaskGuess], left_out: Sequence[LeftOut]) -> str:
    """The file's text for the workspace of that name."""
    checks = [_check(each) for each in found if isinstance(each, CheckGuess)]
    tasks = [_task(each) for each in found if isinstance(each, TaskGuess)]
    parts = (
        _HEAD.replace("NAME", _quoted(name)),
        *(["\n".join(checks)] if checks else [_NO_CHECK]),
        *(["\n" + _TASKS + "\n".join(tasks)] if tasks else []),
        *(["\n# Seen and left out:\n", *(f"#   {each.source}: {each.why}\n" for each in left_out)] if left_out else []),
        _TAIL,
    )
    return "".join(parts)


def _check(guess: CheckGuess) -> str:
    return (
        f"[checks.{guess.name}]                # a guess, from {guess.source}\n"
        + (f"# {guess.note}\n" if guess.note else "")
        + f'kind = "{guess.kind}"\nrun = {_list(guess.argv)}\n'
        + _where(guess.cwd)
        + (f"env = {_pairs(guess.env)}\n" if guess.env else "")
        + (f"files = {_list(guess.files)}    # success is refused if these change\n" if guess.files else "")
        + 'timeout = "10m"\n'
    )


def _task(guess: TaskGuess) -> str:
    return (
        f"[tasks.{guess.name}]                # a guess, from {guess.source}\n"
        + (f"# {guess.note}\n" if guess.note else "")
        + f"run = {_list(guess.argv)}\n"
        + _where(guess.cwd)
        + f'effects = {_list(guess.effects)}\nwhen = "manual"\n'
    )


def _where(cwd: str) -> str:
    return "" if cwd == "." else f"cwd = {_quoted(cwd)}\n"


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    return "{ " + ", ".join(f"{key} = {_quoted(value)}" for key, value in pairs) + " }"


def _list(texts: Iterable[str]) -> str:
    return "[" + ", ".join(map(_quoted, texts)) + "]"


def _quoted(text: str) -> str:
    """A TOML string: JSON's, but for the one control character that JSON leaves as it is."""
    writable = text.encode("utf-8", "replace").decode()
    return json.dumps(writable, ensure_ascii=False).replace("\x7f", "\\u007F")


_HEAD = """# What this workspace consists of, what it costs (declared, not billed), and what proves that it works.
[workspace]
name = NAME

[limits]
ask_above = 10                 # USD; beyond it you are asked first
cap = 20                       # USD; never exceeded
max_iterations = 30
max_time = "45m"

# What proves success: all of it has to pass. Take out what need not, or what needs more than this machine has.
"""

_NO_CHECK = """# Nothing here looked like a test. A session needs at least one check:
# [checks.unit]
# kind = "unit"
# run = "./check.sh"
"""

_TASKS = """# What may be run as a remedy, and is no part of a deployment (`when = "deploy"` makes it one). A linter or
# a build becomes a proof of success as [checks.NAME] with the same `run`.
"""

_TAIL = """
# What costs money, in USD a unit; tasks, services and checks then say `worst = { runner-minute = 2 }`.
# [prices]
# runner-minute = 0.01

# What a deployment consists of, in order.
# [tasks.sync]
# run = "uv pip sync --python .venv/bin/python requirements.txt"
# effects = ["writes", "network"]
# idempotent = true

# [services.web]
# run = ".venv/bin/python -m app --port {port}"
# port = 8000
# ready = "/healthz"

# [checks.smoke]
# kind = "smoke"
# http = "http://127.0.0.1:{web.port}/healthz"
# service = "web"
"""
