"""A person speaks just before a commit of the driver, whichever it is: nothing is lost, nothing happens twice."""

import contextlib
from collections.abc import Sequence

import pytest

from examined import examine
from interlock.core.commands import Command, Pause, Resume, Stop
from interlock.core.events import ChecksCalled, ChecksReturned, Draft, LessonLearned, SkillCalled, SkillReturned
from interlock.engine.control import Refused
from test_cut_anywhere import STORIES, told
from world import World


async def interrupted(story: str, nth: int, words: Sequence[Command]) -> World:
    """The story, with the words said just before the driver's nth commit."""
    make, tell = STORIES[story]
    world = make()
    append, commits = world.log.append, []

    async def speak_first(session: str, drafts: Sequence[Draft], *, expected: int | None, epoch: int | None):  # type: ignore[no-untyped-def]
        if epoch is not None and expected is not None:
            commits.append(drafts)
            if len(commits) == nth:
                with contextlib.suppress(Refused):  # a session that is stopping already hears no more
                    for word in words:
                        await world.say(word)
        return await append(session, drafts, expected=expected, epoch=epoch)

    world.log.append = speak_first  # type: ignore[method-assign]
    try:
        await tell(world)
    except (Refused, AssertionError):
        assert (await world.state()).stop_requested, "only after a stop the story can't be told to its end"
    return world


async def driver_commits(story: str) -> tuple[World, int]:
    whole, commits = await told(story)
    return whole, sum(not by_person for _, by_person in commits)


async def count(world: World, *kinds: type) -> int:
    return sum(isinstance(envelope.data, kinds) for envelope in await world.envelopes())


@pytest.mark.parametrize("story", STORIES)
async def test_a_pause_and_a_resume_at_any_moment_change_nothing_about_what_happens(story: str) -> None:
    whole, number = await driver_commits(story)
    end = (await examine(whole)).ended
    for nth in range(1, number + 1):
        world = await interrupted(story, nth, [Pause(), Resume()])
        state = await examine(world)
        assert state.ended == end, f"interrupted before commit {nth}"
        assert world.skills.calls == whole.skills.calls
        for kind in (SkillCalled, SkillReturned, ChecksCalled, ChecksReturned, LessonLearned):
            assert await count(world, kind) == await count(whole, kind), f"{kind.__name__}, before commit {nth}"
        assert state.budget == (await whole.state()).budget and state.taken == (await whole.state()).taken


@pytest.mark.parametrize("story", STORIES)
async def test_a_stop_at_any_moment_ends_the_session_and_keeps_what_has_happened(story: str) -> None:
    _, number = await driver_commits(story)
    for nth in range(1, number + 1):
        world = await interrupted(story, nth, [Stop()])
        if (await world.state()).ended is None:
            await world.drive("next")
        state = await examine(world)
        assert state.ended == "stopped_by_person"
        assert state.budget.held == 0
        ran = sum(act.skill == "test.noop" for act in world.skills.calls)
        assert await count(world, SkillReturned) == await count(world, SkillCalled) == ran
        assert await count(world, ChecksReturned) == await count(world, ChecksCalled)
