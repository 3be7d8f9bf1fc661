"""An undo in words: what it puts back, what it asks about, and what it can't reach, with what to do instead."""

import posixpath
import shlex
from collections.abc import Iterator, Mapping, Sequence

from interlock.core.events import Envelope, SkillCalled, SkillReturned
from interlock.core.plan import Proposal, Workspace
from interlock.core.undo import Plan, Remainder
from interlock.core.views.text import Section, brief, count, cut, one_line


def undo_sections(plan: Plan) -> tuple[Section, ...]:
    """The plan for a person; what needs an answer stands apart from what does not."""
    calm = [each for each in plan.restore if not each.disputed]
    sections = (
        Section(title="put back as it was", lines=_paths([each.path for each in calm if each.to is not None])),
        Section(title="removed, as the session made it", lines=_paths([each.path for each in calm if each.to is None])),
        Section(title="asked first: changed since, maybe by somebody else", lines=_paths(plan.overwrites)),
        Section(title="can't be undone", lines=tuple(map(_told, plan.remain))),
    )
    return tuple(section for section in sections if section.lines)


def undo_words(plan: Plan) -> str:
    """What is asked for, as a person types it."""
    return f"interlock undo {plan.session}" + (f" --step {plan.step}" if plan.step > 1 else "")


def undo_lines(plan: Plan) -> tuple[str, ...]:
    """The plan as lines to read back."""
    since = f"from iteration {plan.step} on" if plan.step > 1 else "from its first act on"
    return (
        f"undo {plan.session} {since}: {count(len(plan.restore), 'path')} of the workspace",
        *(f"{section.title}: {line}" for section in undo_sections(plan) for line in section.lines),
    )


def environments(envelopes: Sequence[Envelope], root: str) -> dict[str, str]:
    """For each virtual environment (by its path from the root) the command that brings the versions before back."""
    moved: dict[str, dict[str, tuple[str, str]]] = {}
    for proposal, returned in _returned(envelopes):
        before, after = returned.facts.get("before"), returned.facts.get("after")
        venv = proposal.act.arguments.get("venv")
        if not isinstance(venv, str) or not isinstance(before, dict) or not isinstance(after, dict):
            continue
        pins = moved.setdefault(posixpath.relpath(venv, root), {})
        for name in {*before, *after}:
            was = pins.get(name, (str(before.get(name, "")), ""))[0]
            pins[name] = (was, str(after.get(name, "")))
    return {venv: command for venv, pins in moved.items() if (command := _reinstalling(venv, pins))}


def elsewhere(envelopes: Sequence[Envelope], workspace: Workspace) -> tuple[Remainder, ...]:
    """What the session may have changed where nothing is kept: on the network, in databases, outside."""
    returned = list(_returned(envelopes))
    networked = dict.fromkeys(
        _named(proposal)
        for proposal, call, _ in _calls(envelopes)
        if call.network and proposal.act.skill.startswith(("command.", "database.", "mcp"))
    )
    outside = dict.fromkeys(
        str(path)
        for proposal, result in returned
        if result.changed and (path := proposal.act.arguments.get("path")) and not _inside(str(path), workspace.root)
        if not proposal.act.skill.startswith("mcp.")  # what a tool takes for a path, only its server knows
    )
    found = []
    if networked:
        found.append(
            Remainder(
                what=f"{', '.join(list(networked)[:5])} could reach the network",
                instead="what was sent or deployed there stays; take it back there",
            )
        )
    if any(proposal.act.skill == "database.migrate" and result.ok for proposal, result in returned):
        found.append(
            Remainder(
                what="a migration ran; a database outside of the workspace stays migrated",
                instead="your migration tool's downgrade takes it back",
            )
        )
    if workspace.sandbox == "none" and any(proposal.act.skill.startswith("command.") for proposal, _ in returned):
        found.append(
            Remainder(
                what="commands ran without a sandbox, and may have changed files outside of the workspace",
                instead="`interlock logs` shows what they printed",
            )
        )
    found += [
        Remainder(what=f"`{one_line(path)}` lies outside of the workspace", instead="take it from a backup")
        for path in outside
    ]
    return tuple(found)


def _paths(paths: Sequence[str]) -> tuple[str, ...]:
    more = (f"and {len(paths) - 20} more",) if len(paths) > 20 else ()
    return (*map(one_line, paths[:20]), *more)


def _named(proposal: Proposal) -> str:
    declared = proposal.act.arguments.get("task" if proposal.act.skill == "database.migrate" else "name")
    return f"task `{one_line(str(declared))}`" if declared else f"`{cut(brief(proposal.act), 60)}`"


def _told(one: Remainder) -> str:
    return f"{one_line(one.what)}; {one_line(one.instead)}"


def _calls(envelopes: Sequence[Envelope]) -> Iterator[tuple[Proposal, SkillCalled, SkillReturned | None]]:
    calls = {event.call: event for envelope in envelopes if isinstance(event := envelope.data, SkillCalled)}
    results = {event.call: event for envelope in envelopes if isinstance(event := envelope.data, SkillReturned)}
    return ((call.proposal, call, results.get(name)) for name, call in calls.items())


def _returned(envelopes: Sequence[Envelope]) -> Iterator[tuple[Proposal, SkillReturned]]:
    return ((proposal, result) for proposal, _, result in _calls(envelopes) if result is not None)


def _inside(path: str, root: str) -> bool:
    return path == root or path.startswith(f"{root}/")


def _reinstalling(venv: str, pins: Mapping[str, tuple[str, str]]) -> str:
    python = shlex.quote(f"{venv}/bin/python")
    back = [shlex.quote(f"{name}=={was}") for name, (was, now) in sorted(pins.items()) if was and was != now]
    gone = [shlex.quote(name) for name, (was, now) in sorted(pins.items()) if now and not was]
    install = [f"uv pip install --python {python} {' '.join(back)}"] if back else []
    uninstall = [f"uv pip uninstall --python {python} {' '.join(gone)}"] if gone else []
    return " && ".join([*install, *uninstall])
