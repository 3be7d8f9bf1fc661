"""Money held is released or booked on every way that a turn can take."""

import asyncio

import pytest
from msgspec.structs import replace

from examined import examine
from interlock.core.budget import Limits
from interlock.core.commands import Approve, Stop
from interlock.core.events import ChecksReturned, SkillCalled, StepTaken
from interlock.core.policy import Request, Verdict
from interlock.engine.control import Refused
from interlock.engine.loop import Status
from interlock.testing import FixedAuthorizer, make_check, make_proposal
from test_crash import DiesOnce, crash
from test_people import Slow
from world import World, mends

DEAR_CHECK = make_check(passes_after=99, worst=1_000_000)


def deny(request: Request) -> Verdict:
    return Verdict(outcome="denied", because=("no",), words="never")


def withhold(request: Request) -> Verdict:
    return Verdict(outcome="withheld", risks=("asked_by_person",), because=("ask",), words="ask")


async def test_a_fix_that_makes_the_plan_stale_gives_back_the_hold_of_the_checks_that_wait_for_the_plan() -> None:
    deploy = replace(make_proposal(), task="task:deploy")
    world = World(
        [deploy], checks=[make_check(passes_after=3, worst=1_000_000)], debugger=mends(1), steps=("task:deploy",)
    )
    await world.drive()
    assert (await examine(world)).ended == "success"
    assert [len(one.results) for one in await world.events(ChecksReturned)] == [1, 1], "the fix alone was not checked"


@pytest.mark.parametrize("judge", [deny, withhold])
async def test_an_act_that_does_not_run_holds_nothing(judge: object) -> None:
    world = World([make_proposal(worst=2_000_000)], checks=[DEAR_CHECK], authorizer=FixedAuthorizer(judge))  # type: ignore[arg-type]
    assert await world.drive() is Status.WAITING
    state = await examine(world)
    assert (state.budget.spent, state.budget.held) == (0, 0)


async def test_a_failed_act_gives_back_the_hold_of_its_checks() -> None:
    world = World([make_proposal(worst=2_000_000, ok=False, output="E: no")], checks=[DEAR_CHECK])
    assert await world.drive() is Status.WAITING
    state = await examine(world)
    assert (state.budget.spent, state.budget.held) == (2_000_000, 0)


async def test_a_stopped_act_books_its_cost_and_holds_nothing_after_the_end() -> None:
    skills = Slow()
    world = World([make_proposal(worst=2_000_000)], checks=[DEAR_CHECK], skills=skills)
    await world.start()
    driving = asyncio.create_task(world.drive())
    await skills.started.wait()
    await world.say(Stop())
    await driving
    state = await examine(world)
    assert (state.ended, state.budget.spent, state.budget.held) == ("stopped_by_person", 2_000_000, 0)


@pytest.mark.parametrize("deadly", ["test.noop", "test.check"])
async def test_what_a_crash_cut_off_is_booked_and_nothing_stays_held(deadly: str) -> None:
    world = World([make_proposal(worst=2_000_000, idempotent=True)], checks=[DEAR_CHECK], skills=DiesOnce(deadly))
    await crash(world)
    await world.drive("next")
    state = await examine(world)
    assert state.budget.spent == 3_000_000 + (2_000_000 if deadly == "test.noop" else 1_000_000)


async def test_checks_that_were_cut_off_do_not_run_again_past_the_ask_line_unasked() -> None:
    world = World(
        checks=[make_check(passes_after=1, worst=6_000_000)],
        skills=DiesOnce("test.check"),
        limits=Limits(ask_line=10_000_000, cap=20_000_000),
    )
    await crash(world)
    assert await world.drive("next") is Status.WAITING
    state = await examine(world)
    assert state.question is not None and state.question.rule == "high_cost"
    assert state.budget.spent == 6_000_000
    await world.say(Approve(approval=state.question.approval))
    await world.drive("next")
    state = await examine(world)
    assert (state.ended, state.budget.spent) == ("success", 12_000_000)


async def test_checks_that_were_cut_off_and_do_not_fit_again_end_at_the_cap() -> None:
    world = World(
        checks=[make_check(passes_after=1, worst=6_000_000)],
        skills=DiesOnce("test.check"),
        limits=Limits(ask_line=10_000_000, cap=10_000_000),
    )
    await crash(world)
    assert await world.drive("next") is Status.ENDED
    assert (await examine(world)).ended == "budget_exceeded"


async def test_a_dear_approval_shows_and_covers_the_checks_of_its_turn() -> None:
    world = World(
        [make_proposal(worst=3_000_000)],
        checks=[make_check(passes_after=1, worst=2_000_000)],
        limits=Limits(ask_line=4_000_000, cap=20_000_000),
    )
    assert await world.drive() is Status.WAITING
    state = await world.state()
    assert state.question is not None and (state.question.rule, state.question.worst) == ("high_cost", 5_000_000)
    await world.say(Approve(approval=state.question.approval))
    assert await world.drive() is Status.ENDED
    state = await examine(world)
    assert (state.ended, state.budget.spent) == ("success", 5_000_000)


async def test_plain_approval_of_a_dear_act_leaves_the_line_where_it_was() -> None:
    world = World(
        [make_proposal(worst=6_000_000)],
        checks=[make_check(passes_after=9)],
        limits=Limits(ask_line=5_000_000, cap=90_000_000),
        debugger=mends(9, worst=6_000_000),
    )
    await world.drive()
    await world.say(Approve(approval=await world.question()))
    assert await world.drive() is Status.WAITING
    state = await examine(world)
    assert state.budget.ask_line == 5_000_000 and state.question is not None and state.question.rule == "high_cost"
    assert len(await world.events(SkillCalled)) == 1


async def test_a_raised_line_lets_later_acts_run_unasked_up_to_it() -> None:
    world = World(
        [make_proposal(worst=6_000_000)],
        checks=[make_check(passes_after=9)],
        limits=Limits(ask_line=5_000_000, cap=90_000_000),
        debugger=mends(9, worst=6_000_000),
    )
    await world.drive()
    await world.say(Approve(approval=await world.question(), up_to=13_000_000))
    assert await world.drive() is Status.WAITING
    state = await examine(world)
    assert len(await world.events(SkillCalled)) == 2 and state.budget.spent == 12_000_000


async def test_an_amount_that_does_not_cover_the_act_in_question_is_refused() -> None:
    world = World(
        [make_proposal(worst=6_000_000)],
        checks=[make_check(passes_after=1, worst=1_000_000)],
        limits=Limits(ask_line=5_000_000, cap=90_000_000),
    )
    await world.drive()
    with pytest.raises(Refused, match="could take the spend to"):
        await world.say(Approve(approval=await world.question(), up_to=6_999_999))
    await world.say(Approve(approval=await world.question(), up_to=7_000_000))
    await world.drive()
    assert (await examine(world)).ended == "success"


async def test_an_overrun_past_the_cap_is_booked_and_ends_the_session_even_with_the_goal_met() -> None:
    world = World(
        [make_proposal(worst=1_000_000, usage={"minute": 30.0})],
        checks=[make_check(passes_after=1)],
        prices={"minute": 1_000_000},
    )
    await world.drive()
    state = await examine(world)
    assert (state.ended, state.budget.spent) == ("budget_exceeded", 30_000_000)
    assert [one.outcome for one in await world.events(StepTaken)] == ["acted"]


async def test_an_absurd_report_does_not_keep_the_act_from_being_recorded() -> None:
    world = World(
        [make_proposal(worst=1_000_000, usage={"minute": float("inf")})],
        checks=[make_check(passes_after=1)],
        prices={"minute": 1_000_000},
    )
    await world.drive()
    state = await examine(world)
    assert (state.ended, state.budget.spent) == ("success", 1_000_000)


@pytest.mark.parametrize(("worst", "asks"), [(5_000_000, False), (5_000_001, True)])
async def test_the_line_is_crossed_above_it_and_not_at_it(worst: int, asks: bool) -> None:
    world = World(
        [make_proposal(worst=worst - 1_000_000)],
        checks=[make_check(passes_after=1, worst=1_000_000)],
        limits=Limits(ask_line=5_000_000, cap=5_000_001),
    )
    assert await world.drive() is (Status.WAITING if asks else Status.ENDED)
    await examine(world)
    if asks:
        await world.say(Approve(approval=await world.question()))
        await world.drive()
    assert (await examine(world)).ended == "success"
