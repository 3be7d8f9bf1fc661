"""Undoing a session: what would be put back is said first, then a session of its own does it."""

import asyncio
import sys
from typing import Annotated

import msgspec
from cyclopts import Parameter

from interlock.bootstrap import Interlock
from interlock.cli.driving import drive_shown
from interlock.cli.failing import bounded, complain
from interlock.cli.prompting import agreed
from interlock.cli.sessions import session_of
from interlock.cli.shown import shown_as
from interlock.core.undo import Plan, encode_plan
from interlock.core.views.undoing import undo_lines
from interlock.engine.undoing import plan_undo
from interlock.order import undo_order

Flag = Annotated[bool, Parameter(negative="")]


def undo(
    id: str,
    /,
    *,
    step: int = 1,
    dry_run: Flag = False,
    non_interactive: Flag = False,
    json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> int:
    """Put the workspace back as it was before a session, or before one of its acts and all that came after it.

    Files, links, folders and permissions become what they were; what the session made is removed. What can't be undone
    (an environment, a commit, anything outside of the workspace) is named, with what to do instead. A file that is not
    as the session left it is overwritten only after a person approved it. The undo is a session of its own: policy
    judges it, the record holds it, `interlock resume` goes on with it after a crash, and it can itself be undone.
    Undoing what is undone already changes nothing.

    Examples: `interlock undo ses-91c0` · `interlock undo ses-91c0 --step 4` · `interlock undo ses-91c0 --dry-run`

    :param id: The id of a session that has ended, or a unique beginning of one.
    :param step: Only the act of this iteration and everything after it.
    :param dry_run: Say what would be put back, and what can't be; change nothing.
    :param non_interactive: Never prompt: a question ends with exit code 10 and can be answered later.
    :param json: Print committed events, one a line; with --dry-run, the plan as one object.
    """
    bounded("--step", step, least=1, most=1_000_000)
    interactive = not non_interactive and not json and sys.stdin.isatty() and sys.stdout.isatty()
    return asyncio.run(_undo(id, step, dry_run, interactive, json))


async def _undo(beginning: str, step: int, dry: bool, interactive: bool, as_json: bool) -> int:
    screen = shown_as(as_json=as_json)
    async with Interlock.open(on_output=screen.listener) as il:
        session = await session_of(il, beginning)
        await il.control.may_undo(session, step)
        plan = await plan_undo(await il.log.read(session), il.snapshots, step=step)
        if dry and as_json:
            sys.stdout.write(f"{_as_object(plan)}\n")
            return 0
        screen.read_back(undo_lines(plan))
        if dry:
            return 0
        if not plan.restore:
            screen.note("nothing is left to put back")
            return 0
        if interactive and not agreed("Begin?"):
            return complain("nothing was started")
        digest = await il.snapshots.put(encode_plan(plan))
        begun = await il.begin(undo_order(plan, digest, (await il.state(session)).workspace, il.folder))
        return await drive_shown(il, begun, screen, interactive=interactive)


def _as_object(plan: Plan) -> str:
    """The plan for a program: every path with what becomes of it, and everything that can't be undone."""
    return msgspec.json.encode(
        {
            "session": plan.session,
            "step": plan.step,
            "restore": [
                {"path": each.path, "does": "remove" if each.to is None else "put back", "asks": each.disputed}
                for each in plan.restore
            ],
            "cannot": [{"what": each.what, "instead": each.instead} for each in plan.remain],
        }
    ).decode()
