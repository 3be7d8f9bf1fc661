"""A real log, cut after every commit and taken up again: the same outcome, or a person is asked; nothing twice."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from examined import examine
from interlock.adapters.seal import Seal
from interlock.adapters.sqlite import SqliteLog
from interlock.core.budget import Limits
from interlock.core.commands import Approve, Edit, Pause, Reject, Resume, Stop
from interlock.core.events import Draft, SkillCalled, SkillReturned
from interlock.core.plan import Act
from interlock.engine.loop import Status
from interlock.testing import make_act, make_check, make_proposal
from test_people import asking_world
from world import World, mends

Commits = list[tuple[Sequence[Draft], bool]]
Told = Callable[[World], Awaitable[None]]


async def simply(world: World) -> None:
    await world.drive()


async def approved(world: World) -> None:
    while await world.drive() is Status.WAITING:
        await world.say(Approve(approval=await world.question()))


async def rejected(world: World) -> None:
    await world.drive()
    await world.say(Reject(approval=await world.question()))
    await world.drive()


async def edited(world: World) -> None:
    await world.drive()
    await world.say(Edit(approval=await world.question(), act=make_act(mark="by hand")))
    await world.drive()


async def paused_and_stopped(world: World) -> None:
    await world.drive()
    await world.say(Pause())
    await world.say(Resume())
    await world.say(Approve(approval=await world.question()))
    await world.say(Stop())
    await world.drive()


def mended(**more: bool) -> World:
    deploy = replace(make_proposal(worst=100_000, **more), task="task:deploy")
    checks = [make_check(passes_after=5, worst=50_000), make_check("smoke", passes_after=5)]
    return World([deploy], checks=checks, debugger=mends(9, worst=70_000, **more), steps=("task:deploy",))


def dear() -> World:
    return World(
        [make_proposal(worst=6_000_000)],
        checks=[make_check(passes_after=3, worst=1_000_000)],
        limits=Limits(ask_line=10_000_000, cap=60_000_000),
        debugger=mends(5, worst=6_000_000),
    )


def denied() -> World:
    return World([make_proposal(mark="bad")], checks=[make_check(passes_after=9)], limits=Limits(max_iterations=5))


STORIES: dict[str, tuple[Callable[[], World], Told]] = {
    "mended": (mended, simply),
    "mended by what may be repeated": (lambda: mended(idempotent=True), simply),
    "dear and approved": (dear, approved),
    "nothing helps": (denied, approved),
    "approved": (asking_world, approved),
    "rejected": (asking_world, rejected),
    "edited": (asking_world, edited),
    "stopped": (asking_world, paused_and_stopped),
}


async def told(story: str) -> tuple[World, Commits]:
    """The story to its end, and every commit that it took."""
    make, tell = STORIES[story]
    world = make()
    commits: Commits = []
    append = world.log.append

    async def kept(session: str, drafts: Sequence[Draft], *, expected: int | None, epoch: int | None):  # type: ignore[no-untyped-def]
        result = await append(session, drafts, expected=expected, epoch=epoch)
        commits.append((tuple(drafts), epoch is None))
        return result

    world.log.append = kept  # type: ignore[method-assign]
    await tell(world)
    return world, commits


def calls(commits: Commits) -> list[Act]:
    """The acts and checks that were announced, in order; each may have happened."""
    events = [draft.event for drafts, _ in commits for draft in drafts]
    return [event.proposal.act for event in events if isinstance(event, SkillCalled)]


async def cut(story: str, whole: World, commits: Commits, length: int, happened: bool, log: object = None) -> World:
    """A fresh world that knows only the first commits; the act that was under way `happened`, or did not."""
    world = STORIES[story][0]()
    world.log = log or world.log  # type: ignore[assignment]
    for number, (drafts, _) in enumerate(commits[:length]):
        await world.log.append(whole.session, drafts, expected=0 if number == 0 else None, epoch=None)
    world.session, world.ids, world.clock.at = whole.session, whole.ids, whole.clock.at
    done = calls(commits[:length])
    last = commits[length - 1][0][-1].event
    world.skills.calls = done if happened or not isinstance(last, SkillCalled) else done[:-1]
    return world


async def to_the_end(world: World) -> list[str]:
    """Drive on, saying yes to whatever is asked; the rules that asked."""
    asked = []
    while (row := await world.log.row(world.session)) and row.outcome == "":
        assert len(asked) < 20
        if await world.drive("next") is Status.WAITING:
            state = await world.state()
            if state.paused:
                await world.say(Resume())
                continue
            assert state.question is not None
            asked.append(state.question.rule)
            await world.say(Approve(approval=state.question.approval))
    return asked


async def judged(world: World, commits: Commits, length: int, happened: bool) -> None:
    """What must hold of a log that was cut and taken up again."""
    before = len(world.skills.calls)
    asked = await to_the_end(world)
    state = await examine(world)
    last = commits[length - 1][0][-1].event
    called, returned = await world.events(SkillCalled), await world.events(SkillReturned)
    if isinstance(last, SkillCalled) and not last.effects.idempotent:
        assert "unclear_impact" in asked or state.ended == "max_iterations"
        assert len(returned) == len(called) - 1
    else:
        assert "unclear_impact" not in asked
    used = [call.approval for call in called if call.approval]
    assert len(used) == len(set(used)), "an approval was used twice"
    noops = sum(act.skill == "test.noop" for act in world.skills.calls)
    assert noops == len(called) - (isinstance(last, SkillCalled) and not happened)
    assert len(world.skills.calls) >= before
    assert state.budget.spent <= state.budget.cap


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("happened", [True, False])
async def test_a_log_that_is_cut_after_any_commit_comes_to_the_same_end_or_asks(story: str, happened: bool) -> None:
    whole, commits = await told(story)
    end = (await examine(whole)).ended
    assert len(commits) >= 3
    words = [number for number, (_, by_person) in enumerate(commits, start=1) if by_person]
    for length in range(1, len(commits) + 1):
        world = await cut(story, whole, commits, length, happened)
        await judged(world, commits, length, happened)
        if length >= words[-1] and not isinstance(commits[length - 1][0][-1].event, SkillCalled):
            assert (await world.state()).ended == end, f"cut after commit {length}"


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 6])
async def test_a_log_that_is_cut_in_the_embedded_store_is_taken_up_likewise(tmp_path: Path, length: int) -> None:
    whole, commits = await told("mended")
    world = STORIES["mended"][0]()
    log = SqliteLog.open(tmp_path, clock=world.clock, seal=Seal.open(tmp_path))
    world = await cut("mended", whole, commits, length, True, log)
    log._clock = world.clock  # type: ignore[attr-defined]
    await judged(world, commits, length, True)
    log.close()
