"""Crashes: what is durable is taken up where it was, and nothing happens twice that must not."""

import asyncio

import pytest

from interlock.core.commands import Approve, Command, Pause, Resume, Stop
from interlock.core.events import CallLost, ChecksCalled, ChecksReturned, SkillCalled, SkillReturned
from interlock.core.plan import Act
from interlock.engine.loop import Status, run
from interlock.engine.session import Overtaken, Session
from interlock.ports import ClaimLost, SkillResult, Surroundings
from interlock.testing import NoopSkills, make_check, make_proposal
from test_people import asking_world
from world import World


class DiesOnce(NoopSkills):
    """The process dies during the first call of a skill, after the effect and before the record."""

    def __init__(self, skill: str = "test.noop") -> None:
        super().__init__()
        self.deadly = skill

    async def call(self, act: Act, around: Surroundings) -> SkillResult:
        result = await super().call(act, around)
        if act.skill == self.deadly:
            self.deadly = ""
            raise asyncio.CancelledError
        return result


async def crash(world: World) -> None:
    """Drive into the crash, and let the dead worker's lease run out."""
    try:
        await world.drive("dead")
    except asyncio.CancelledError:
        world.clock.wind(60)
        return
    raise AssertionError("it should have died")


async def test_a_crash_between_call_and_return_of_an_act_that_is_not_idempotent_goes_to_a_person() -> None:
    world = World([make_proposal(worst=2_000_000)], checks=[make_check(passes_after=1)], skills=DiesOnce())
    await crash(world)
    assert await world.drive("next") is Status.WAITING
    state = await world.state()
    assert state.question is not None and state.question.rule == "unclear_impact"
    assert state.taken == 1, "the turn counts"
    assert state.budget.spent == 2_000_000, "the hold is forfeited"
    assert len(await world.events(SkillCalled)) == 1
    await world.say(Approve(approval=state.question.approval))
    await world.drive("next")
    assert len(await world.events(SkillCalled)) == 2, "going on is another act, not the lost one again"


async def test_an_idempotent_act_that_a_crash_cut_off_is_done_again() -> None:
    world = World([make_proposal(idempotent=True)], checks=[make_check(passes_after=1)], skills=DiesOnce())
    await crash(world)
    await world.drive("next")
    state = await world.state()
    assert state.ended == "success" and state.taken == 1
    assert len(await world.events(CallLost)) == 1
    assert len(await world.events(SkillCalled)) == 2
    assert len(await world.events(SkillReturned)) == 1


async def test_checks_that_a_crash_cut_off_forfeit_their_hold_and_run_again() -> None:
    world = World(checks=[make_check(passes_after=1, worst=1_000_000)], skills=DiesOnce("test.check"))
    await crash(world)
    await world.drive("next")
    state = await world.state()
    assert state.ended == "success"
    returned = await world.events(ChecksReturned)
    assert [(one.lost, one.cost) for one in returned] == [(True, 1_000_000), (False, 1_000_000)]
    row = await world.log.row(world.session)
    assert row is not None and (row.spent, row.held) == (2_000_000, 0)


async def test_an_approved_act_that_was_cut_off_is_not_approved_for_a_second_time() -> None:
    world = asking_world(skills=DiesOnce())
    await world.drive()
    await world.say(Approve(approval=await world.question()))
    await crash(world)
    assert await world.drive("next") is Status.WAITING
    state = await world.state()
    assert state.question is not None and state.question.rule == "unclear_impact"
    assert len(await world.events(SkillCalled)) == 1


async def test_a_worker_that_lost_its_claim_commits_nothing_more() -> None:
    world = World(checks=[make_check(passes_after=3)])
    await world.start()
    claim = await world.worker("stale").claim(world.session)
    assert claim is not None
    stale = await Session.resume(world.log, world.clock, world.ids, claim)
    world.clock.wind(60)
    await world.drive("fresh")
    before = len(await world.envelopes())
    with pytest.raises((ClaimLost, Overtaken)):
        await run(stale, world.steps_for(stale))
    with pytest.raises(ClaimLost):
        await world.log.heartbeat(claim, lease=10)
    assert len(await world.envelopes()) == before


@pytest.mark.parametrize(("deadly", "spent"), [("test.noop", 2_000_000), ("test.check", 2_000_000 + 500_000)])
async def test_what_a_crash_cut_off_is_paid_for_even_if_a_stop_comes_before_anybody_looks(
    deadly: str, spent: int
) -> None:
    checks = [make_check(passes_after=1, worst=500_000)]
    world = World([make_proposal(worst=2_000_000)], checks=checks, skills=DiesOnce(deadly))
    await crash(world)
    await world.say(Stop())
    assert await world.drive("next") is Status.ENDED
    state = await world.state()
    assert state.ended == "stopped_by_person"
    assert state.budget.spent == spent
    lost = [*await world.events(CallLost), *[one for one in await world.events(ChecksReturned) if one.lost]]
    assert len(lost) == 1


async def taken_up_while_a_person_says(world: World, *words: Command) -> None:
    """A worker takes up what a crash left; the words come after it has read the log and before it can write."""
    claim = await world.worker("next").claim(world.session)
    assert claim is not None
    session = await Session.resume(world.log, world.clock, world.ids, claim)
    for word in words:
        await world.say(word)
    with pytest.raises(Overtaken):
        await run(session, world.steps_for(session))
    await run(session, world.steps_for(session))


async def test_an_act_that_was_cut_off_is_not_done_again_when_a_person_speaks_as_it_is_taken_up() -> None:
    world = World([make_proposal()], checks=[make_check(passes_after=1)], skills=DiesOnce())
    await crash(world)
    await taken_up_while_a_person_says(world, Pause(), Resume())
    assert len(await world.events(SkillCalled)) == 1
    assert len(await world.events(CallLost)) == 1
    state = await world.state()
    assert state.question is not None and state.question.rule == "unclear_impact"


async def test_checks_that_were_cut_off_hold_anew_when_a_person_speaks_as_they_are_taken_up() -> None:
    world = World(checks=[make_check(passes_after=1, worst=1_000_000)], skills=DiesOnce("test.check"))
    await crash(world)
    await taken_up_while_a_person_says(world, Pause(), Resume())
    assert [one.hold for one in await world.events(ChecksCalled)] == [0, 1_000_000]
    returned = await world.events(ChecksReturned)
    assert [(one.lost, one.cost, one.release) for one in returned] == [
        (True, 1_000_000, 1_000_000),
        (False, 1_000_000, 1_000_000),
    ]
