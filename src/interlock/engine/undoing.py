"""Planning an undo: from the snapshots around a session's acts, and from what stands in the workspace now."""

from collections.abc import Sequence

from msgspec import Struct

from interlock.core.events import CallLost, ChecksReturned, Envelope, SessionStarted, SkillCalled, SkillReturned
from interlock.core.snapshot import Change
from interlock.core.undo import Plan, Remainder, Seen, judge, trace
from interlock.core.views.undoing import elsewhere, environments
from interlock.ports import Snapshots, StoreUnusable


class Around(Struct, frozen=True, kw_only=True):
    """The snapshots before and after an act or its turn's checks; `after` is empty when a crash took it."""

    iteration: int
    before: str
    after: str


async def plan_undo(envelopes: Sequence[Envelope], snapshots: Snapshots, *, step: int = 1) -> Plan:
    """What would undo the session from the act of iteration `step` on. Reads the workspace, and changes nothing."""
    since = [envelope for envelope in envelopes if envelope.iteration >= step]
    started = envelopes[0].data
    assert isinstance(started, SessionStarted)
    root = started.workspace.root
    seen, unknown = await _seen(since, root, snapshots)
    traced = trace(seen)
    now = await snapshots.look(root, [each.path for each in traced])
    restore, remain = judge(traced, now, environments(since, root))
    return Plan(
        session=envelopes[0].session,
        step=step,
        restore=restore,
        remain=(*remain, *unknown, *elsewhere(since, started.workspace)),
    )


async def _seen(
    envelopes: Sequence[Envelope], root: str, snapshots: Snapshots
) -> tuple[list[Seen], tuple[Remainder, ...]]:
    """What each act changed; and, once for each reason, of which acts that can't be told."""
    seen: list[Seen] = []
    unknown: dict[str, list[int]] = {}
    for each in _arounds(envelopes):
        found = await _compared(each, root, snapshots)
        if isinstance(found, str):
            unknown.setdefault(found, []).append(each.iteration)
        else:
            seen.append(Seen(iteration=each.iteration, changes=tuple(found), certain=bool(each.after)))
    return seen, tuple(_not_told(why, iterations) for why, iterations in unknown.items())


async def _compared(each: Around, root: str, snapshots: Snapshots) -> Sequence[Change] | str:
    if not each.before:
        return "nothing was kept of what was there before"
    try:
        after = each.after or await snapshots.again(root, each.before)
    except OSError as problem:
        return f"the workspace can't be read ({problem.strerror})"
    except StoreUnusable as problem:
        return str(problem)
    return await snapshots.compare(each.before, after)


def _arounds(envelopes: Sequence[Envelope]) -> list[Around]:
    found: list[Around] = []
    called: SkillCalled | None = None
    left = ""
    for envelope in envelopes:
        match envelope.data:
            case SkillCalled() as called:
                left = ""
            case SkillReturned() as returned if called is not None:
                left = returned.snapshot
                if called.snapshot or (returned.changed and called.effects.writes):
                    found.append(Around(iteration=envelope.iteration, before=called.snapshot, after=left))
            case CallLost() if called is not None and called.effects.writes:
                found.append(Around(iteration=envelope.iteration, before=called.snapshot, after=""))
            case ChecksReturned(snapshot=after) if left and after:
                found.append(Around(iteration=envelope.iteration, before=left, after=after))
    return found


def _not_told(why: str, iterations: Sequence[int]) -> Remainder:
    turns = ", ".join(map(str, sorted(set(iterations))))
    return Remainder(
        what=f"what changed in iteration {turns}: {why}",
        instead="`git status` and `git diff` show it, where git has the files; else take them from a backup",
    )
