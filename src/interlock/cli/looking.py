"""Looking at sessions: ls, show, watch, logs, explain, replay. None of them changes anything."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from interlock.bootstrap import Interlock
from interlock.cli.failing import bounded, complain
from interlock.cli.render.console import console_for, print_sections, write
from interlock.cli.render.question import print_question
from interlock.cli.sessions import exit_code, session_of
from interlock.cli.shown import shown_as
from interlock.core.events import SkillReturned
from interlock.core.views.asking import open_question
from interlock.core.views.explaining import NoDecision
from interlock.core.views.explaining import explain as explanation
from interlock.core.views.replaying import redecide
from interlock.core.views.showing import show as as_object
from interlock.core.views.summary import summary
from interlock.core.views.telling import outcome_line
from interlock.core.views.text import Section, clean

JsonFlag = Annotated[bool, Parameter(name="--json", negative="")]


def ls(*, workspace: Path | None = None, waiting: Annotated[bool, Parameter(negative="")] = False,
       limit: int = 50, json: JsonFlag = False) -> int:  # fmt: skip
    """List sessions, newest first, with what waits for you on top.

    Examples: `interlock ls` · `interlock ls --waiting --json`

    :param workspace: Only those of this folder.
    :param waiting: Only those that wait for a person.
    :param limit: How many at most.
    :param json: One object a line.
    """
    bounded("--limit", limit, least=1)
    from interlock.cli.listing import listed

    folder = str(workspace.resolve()) if workspace else None
    return asyncio.run(listed(workspace=folder, waiting=waiting, limit=limit, as_json=json))


def show(id: str, /, *, json: JsonFlag = False) -> int:
    """Show one session: goal, plan, checks, money, what it waits for, and how it ended.

    Examples: `interlock show ses-91c0` · `interlock show ses-91c0 --json`

    :param id: A session's id, a question's, or a unique beginning of one.
    :param json: One object with id, status and outcome, among others.
    """
    return asyncio.run(_show(id, json))


def watch(id: str, /, *, since: int = 0, json: JsonFlag = False) -> int:
    """Follow a session that another process drives, until it ends or waits for a person.

    Examples: `interlock watch ses-91c0` · `interlock watch ses-91c0 --since 40 --json`

    :param id: A session's id, or a unique beginning of one.
    :param since: Show events after this sequence number only.
    :param json: Committed events, one a line.
    """
    bounded("--since", since)
    return asyncio.run(_watch(id, since, json))


def logs(id: str, /, *, act: int | None = None) -> int:
    """Print what the session's acts and checks printed, whole.

    Examples: `interlock logs ses-91c0` · `interlock logs ses-91c0 --act 3`

    :param id: A session's id, or a unique beginning of one.
    :param act: Only the act of this iteration.
    """
    return asyncio.run(_logs(id, act))


def explain(id: str, /, *, decision: int | None = None, json: JsonFlag = False) -> int:
    """Explain a decision of the stop hook from the record alone: every rule, the evidence, and what would change it.

    Examples: `interlock explain ses-91c0` · `interlock explain ses-91c0 --decision 3`

    :param id: A session's id, a question's, or a unique beginning of one.
    :param decision: Its number, from 1; the last one when left out.
    :param json: One object.
    """
    return asyncio.run(_explain(id, decision, json))


def replay(id: str, /, *, json: JsonFlag = False) -> int:
    """Decide every recorded decision again, and say whether each is identical. Exit code 1 when one is not.

    Example: `interlock replay ses-91c0`

    :param id: A session's id, or a unique beginning of one.
    :param json: One object.
    """
    return asyncio.run(_replay(id, json))


async def _show(beginning: str, as_json: bool) -> int:
    async with Interlock.open() as il:
        session = await session_of(il, beginning)
        row, envelopes = await il.row(session), await il.log.read(session)
        assert row is not None
        notices = await il.log.outbox.notices(session=session)
        if as_json:
            write(msgspec.json.encode({**as_object(envelopes, row.status), "notices": notices}))
            return 0
        state = await il.state(session)
        out = console_for(sys.stdout)
        told = [Section(title="who was told", lines=tuple(map(outcome_line, reversed(notices))))] if notices else []
        print_sections(out, (*summary(envelopes), *told))
        if state.question is not None:
            print_question(out, open_question(state, il.clock.now()))
        return 0


async def _watch(beginning: str, since: int, as_json: bool) -> int:
    screen = shown_as(as_json=as_json)
    async with Interlock.open() as il:
        session = await session_of(il, beginning)
        screen.past([envelope for envelope in await il.log.read(session) if envelope.seq <= since])
        with screen.watching():
            async for envelope in il.follow(session, after=since):
                screen.saw(envelope)
        row = await il.row(session)
        return 0 if row is None else exit_code(row)


async def _logs(beginning: str, act: int | None) -> int:
    async with Interlock.open() as il:
        session = await session_of(il, beginning)
        for envelope in await il.log.read(session):
            if act is not None and envelope.iteration != act:
                continue
            match envelope.data:
                case SkillReturned() as returned:
                    whole = await il.objects.get(returned.artifact) if returned.artifact else None
                    text = whole.decode(errors="replace") if whole is not None else returned.output
                    _print_output(f"{envelope.iteration} {returned.where}", text)
                case _ if envelope.kind == "ChecksReturned":
                    for result in envelope.data.results:  # type: ignore[union-attr]
                        _print_output(f"{envelope.iteration} check:{result.name}", result.output)
        return 0


def _print_output(title: str, text: str) -> None:
    print(f"── {title}")
    for line in text.splitlines():
        print(clean(line))


async def _explain(beginning: str, decision: int | None, as_json: bool) -> int:
    async with Interlock.open() as il:
        session = await session_of(il, beginning)
        try:
            found = explanation(await il.log.read(session), decision)
        except NoDecision as problem:
            return complain(str(problem))
        if as_json:
            write(msgspec.json.encode(found))
        else:
            print_sections(console_for(sys.stdout), found.sections)
        return 0


async def _replay(beginning: str, as_json: bool) -> int:
    async with Interlock.open() as il:
        again = redecide(await il.log.read(await session_of(il, beginning)))
        if as_json:
            write(msgspec.json.encode(again))
        else:
            if again.first is not None:
                first = again.first
                print(f"decision {first.number} (event {first.id}) differs in its {first.what}")
                print(f"  recorded: {first.recorded}\n  again:    {first.again}")
            print(again.line)
        return 0 if again.first is None else 1
