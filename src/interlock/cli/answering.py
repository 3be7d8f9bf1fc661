"""A person's word to a session: approve, reject, edit, pause, stop."""

import asyncio
import json
import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from interlock.bootstrap import Interlock
from interlock.cli.failing import BadInput, complain
from interlock.cli.running import drive_on
from interlock.cli.sessions import question_of, session_of
from interlock.core.commands import Approve, Command, Edit, Pause, Reject, Stop
from interlock.core.money import usd
from interlock.core.plan import Act

JsonFlag = Annotated[bool, Parameter(name="--json", negative="", help="Print committed events, one a line.")]
NoDrive = Annotated[
    bool, Parameter(name="--no-drive", negative="", help="Only record the answer; `interlock work` goes on.")
]


def approve(id: str, /, *, up_to: str | None = None, no_drive: NoDrive = False, json: JsonFlag = False) -> int:
    """Allow what a question asks, once; then drive the session on.

    Examples: `interlock approve apr-4f2a` · `interlock approve apr-4f2a --up-to 80`

    :param id: A question's id, a session's, or a unique beginning of one.
    :param up_to: Also raise the ask line to this many dollars, never above the cap.
    """
    raised = _dollars(up_to) if up_to is not None else None
    return asyncio.run(_answer(id, lambda approval: Approve(approval=approval, up_to=raised), no_drive, json))


def reject(id: str, /, *, reason: str = "", no_drive: NoDrive = False, json: JsonFlag = False) -> int:
    """Answer a question with no: the session ends as rejected.

    Example: `interlock reject apr-4f2a --reason "not on a Friday"`

    :param id: A question's id, a session's, or a unique beginning of one.
    :param reason: Why; it is recorded.
    """
    return asyncio.run(_answer(id, lambda approval: Reject(approval=approval, reason=reason), no_drive, json))


def edit(
    id: str,
    /,
    *,
    set: Annotated[list[str] | None, Parameter(name="--set")] = None,
    no_drive: NoDrive = False,
    json: JsonFlag = False,
) -> int:
    """Change the act that a question asks about; the changed act is gated anew, under its own digest.

    Examples: `interlock edit apr-4f2a --set path=docs/notes.md` · `interlock edit apr-4f2a` opens $EDITOR

    :param id: A question's id, a session's, or a unique beginning of one.
    :param set: An argument and its new value (JSON, or plain text), as key=value; may be said several times.
    """
    return asyncio.run(_edit(id, set or [], no_drive, json))


def pause(id: str, /) -> int:
    """Let the running act end, then wait. `interlock resume` goes on.

    Example: `interlock pause ses-91c0`

    :param id: A session's id, or a unique beginning of one.
    """
    return asyncio.run(_tell(id, Pause(), "pausing: a running act ends first; `interlock resume {id}` goes on"))


def stop(id: str, /, *, reason: str = "", no_drive: NoDrive = False) -> int:
    """End the session: a running act is ended (SIGTERM, 5 s, SIGKILL), and its checks are skipped.

    Example: `interlock stop ses-91c0 --reason "no longer needed"`

    :param id: A session's id, or a unique beginning of one.
    :param reason: Why; it is recorded.
    """
    return asyncio.run(_stop(id, reason, no_drive))


async def _answer(beginning: str, command: Any, no_drive: bool, as_json: bool) -> int:
    async with Interlock.open() as il:
        session, approval = await question_of(il, beginning)
        await il.tell(session, command(approval))
        return await drive_on(il, session, no_drive=no_drive, as_json=as_json)


async def _edit(beginning: str, changes: list[str], no_drive: bool, as_json: bool) -> int:
    async with Interlock.open() as il:
        session, approval = await question_of(il, beginning)
        question = (await il.state(session)).question
        if question is None or question.approval != approval or question.proposal is None:
            return complain(f"question `{approval}` is not about an act, or it is closed; `interlock show` tells")
        arguments = question.proposal.act.arguments
        changed = _set(arguments, changes) if changes else await asyncio.to_thread(_in_editor, arguments)
        act = Act(skill=question.proposal.act.skill, arguments=changed)
        settled, _ = il.skills((await il.state(session)).workspace).canonical(act)
        await il.tell(session, Edit(approval=approval, act=settled))
        return await drive_on(il, session, no_drive=no_drive, as_json=as_json)


async def _tell(beginning: str, command: Command, words: str) -> int:
    async with Interlock.open() as il:
        session = await session_of(il, beginning)
        await il.tell(session, command)
        print(words.format(id=session))
        return 0


async def _stop(beginning: str, reason: str, no_drive: bool) -> int:
    async with Interlock.open() as il:
        session = await session_of(il, beginning)
        await il.tell(session, Stop(reason=reason))
        return await drive_on(il, session, no_drive=no_drive, as_json=False)


def _dollars(said: str) -> int:
    try:
        return usd(said)
    except ValueError as problem:
        raise BadInput(str(problem)) from problem


def _set(arguments: dict[str, Any], changes: list[str]) -> dict[str, Any]:
    changed = dict(arguments)
    for change in changes:
        name, mark, value = change.partition("=")
        if not mark or not name:
            raise BadInput(f"`{change}` is not key=value; the act's keys are {', '.join(map(repr, arguments))}")
        try:
            changed[name] = json.loads(value)
        except json.JSONDecodeError:
            changed[name] = value
    return changed


def _in_editor(arguments: dict[str, Any]) -> dict[str, Any]:
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor:
        raise BadInput("no $EDITOR is set; change the act with --set key=value")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "act.json"
        file.write_text(json.dumps(arguments, indent=2, ensure_ascii=False) + "\n")
        if subprocess.run([*shlex.split(editor), str(file)], check=False).returncode != 0:
            raise BadInput("the editor ended with an error; nothing was changed")
        try:
            changed = json.loads(file.read_text())
        except json.JSONDecodeError as problem:
            raise BadInput(f"what was saved is not JSON ({problem}); nothing was changed") from problem
    if not isinstance(changed, dict):
        raise BadInput("what was saved is not an object of arguments; nothing was changed")
    return changed
