"""Policies: check them, test them, and explain what they say to an act of a session."""

import asyncio
from pathlib import Path

from interlock.adapters.cedar import STARTER, try_cases
from interlock.adapters.cedar import check as check_policies
from interlock.bootstrap import Interlock, home
from interlock.cli.failing import BadInput
from interlock.cli.sessions import session_of
from interlock.core.events import CallAllowed, CallDenied, CallWithheld


def check(folder: Path | None = None, /) -> int:
    """Check policies: syntax, schema, and a unique @id for each.

    Example: `interlock policy check`

    :param folder: The folder of *.cedar files; $INTERLOCK_HOME/policies when left out. The starter set is checked, too.
    """
    folders = _folders(folder)
    problems = check_policies(folders)
    for problem in problems:
        print(problem)
    if not problems:
        print(f"policies are well: the starter set{''.join(f', {one}' for one in folders)}")
    return 2 if problems else 0


def test(folder: Path | None = None, /) -> int:
    """Run the policy tests (*.test.toml): each is a request and the verdict that is expected of it.

    Example: `interlock policy test policies`

    :param folder: The folder of policies and tests; $INTERLOCK_HOME/policies when left out.
    """
    tried = [case for place in (STARTER, *_folders(folder)) for case in try_cases(place)]
    for case in tried:
        if case.wrong:
            print(f"FAILED {case.file}: {case.says}: {case.wrong}")
    failed = sum(bool(case.wrong) for case in tried)
    print(f"{len(tried) - failed} passed, {failed} failed")
    return 2 if failed or not tried else 0


def explain(id: str, /) -> int:
    """Explain what the gate said to the last act of a session, and which policies said it.

    Example: `interlock policy explain ses-91c0`

    :param id: A session's id, a question's, or a unique beginning of one.
    """
    return asyncio.run(_explain(id))


async def _explain(beginning: str) -> int:
    async with Interlock.open() as il:
        envelopes = await il.log.read(await session_of(il, beginning))
        for envelope in reversed(envelopes):
            said = envelope.data
            if isinstance(said, CallAllowed | CallWithheld | CallDenied):
                word = envelope.kind.removeprefix("Call").lower()
                print(f"iteration {envelope.iteration}: {word}")
                print(f"  {said.words or 'no policy objected'}")
                for name in said.because:
                    print(f"  policy `{name}`")
                return 0
        raise BadInput("the gate has not judged anything in this session yet")


def _folders(folder: Path | None) -> list[Path]:
    if folder is not None:
        if not folder.is_dir():
            raise BadInput(f"`{folder}` is not a folder of policies")
        return [folder]
    own = home() / "policies"
    return [own] if own.is_dir() else []
