"""Words that come at awkward moments, and two workers on one session."""

import asyncio
from contextlib import nullcontext

import pytest
from msgspec.structs import replace

from examined import examine
from interlock.core.budget import Limits
from interlock.core.commands import Approve, Edit, Pause, Reject, Resume, Stop
from interlock.core.events import (
    ApprovalExpired,
    CallDenied,
    ChecksCalled,
    HookDecided,
    LessonLearned,
    SkillCalled,
    SkillReturned,
)
from interlock.core.policy import Request, Verdict
from interlock.engine.control import Refused
from interlock.engine.loop import Status
from interlock.engine.worker import LISTEN, Worker
from interlock.ports import Claim, ClaimLost, StoreUnusable
from interlock.testing import FixedAuthorizer, make_act, make_check, make_proposal
from test_people import Slow, ask_first, asking_world
from world import World, known


async def test_an_answer_while_paused_waits_for_the_resume_and_is_then_followed() -> None:
    world = asking_world()
    await world.drive()
    await world.say(Pause())
    await world.say(Approve(approval=await world.question()))
    assert await world.drive() is Status.WAITING and not world.skills.calls
    await world.say(Resume())
    await world.drive()
    assert (await examine(world)).ended == "success"


async def test_a_stop_while_paused_ends_the_session_without_a_resume() -> None:
    world = asking_world()
    await world.drive()
    await world.say(Pause())
    await world.say(Stop())
    claim = await world.worker().claim()
    assert claim is not None, "it is due"
    await world.worker().drive(claim)
    assert (await examine(world)).ended == "stopped_by_person"


@pytest.mark.parametrize("word", [Pause(), Resume()])
async def test_a_session_that_is_stopping_can_be_neither_paused_nor_resumed(word: Pause | Resume) -> None:
    world = asking_world()
    await world.drive()
    await world.say(Stop())
    with pytest.raises(Refused, match="stopping"):
        await world.say(word)
    assert await world.worker().claim() is not None, "it is due"


@pytest.mark.parametrize("word", [Pause(), Resume(), Stop(), Approve(approval="apr-1")])
async def test_a_word_for_a_session_that_does_not_exist_is_refused(word: Pause | Resume | Stop | Approve) -> None:
    world = World()
    world.session = "ses-nowhere"
    with pytest.raises(Refused, match="no session `ses-nowhere`"):
        await asyncio.wait_for(world.say(word), 5)


async def test_a_resumed_session_with_an_open_question_is_due_at_its_deadline_and_not_again_and_again() -> None:
    world = asking_world(limits=Limits(answer_within=60))
    await world.drive()
    await world.say(Pause())
    await world.say(Resume())
    assert await world.worker().claim() is None
    world.clock.wind(60)
    claim = await world.worker().claim()
    assert claim is not None, "due at the deadline exactly"
    await world.worker().drive(claim)
    assert await world.events(ApprovalExpired) and (await examine(world)).ended == "rejected"


async def test_an_answer_at_the_last_moment_counts_and_one_at_the_deadline_does_not() -> None:
    for seconds, counts in ((59.999999, True), (60, False)):
        world = asking_world(limits=Limits(answer_within=60))
        await world.drive()
        approval = await world.question()
        world.clock.wind(seconds)
        if counts:
            await world.say(Approve(approval=approval))
        else:
            with pytest.raises(Refused, match="closed"):
                await world.say(Approve(approval=approval))
        await world.drive()
        assert (await examine(world)).ended == ("success" if counts else "rejected")


async def test_an_edit_of_an_edit_is_asked_about_each_time_and_only_the_last_runs() -> None:
    world = asking_world()
    await world.drive()
    for mark in ("gentler", "gentlest"):
        edited = make_act(destructive=True, mark=mark)
        await world.say(Edit(approval=await world.question(), act=edited))
        assert await world.drive() is Status.WAITING
    await world.say(Approve(approval=await world.question()))
    await world.drive()
    assert (await examine(world)).ended == "success"
    assert [call.proposal.act.arguments["mark"] for call in await world.events(SkillCalled)] == ["gentlest"]


async def test_a_persons_edit_teaches_nothing_about_the_fix_that_it_stands_for() -> None:
    fix = replace(make_proposal(destructive=True), fix="mend:wipe")
    world = World(checks=[make_check(passes_after=2)], debugger=known(fix), authorizer=FixedAuthorizer(ask_first))
    await world.drive()
    await world.say(Edit(approval=await world.question(), act=make_act(mark="by hand")))
    await world.drive()
    assert (await examine(world)).ended == "success"
    assert not await world.events(LessonLearned)


async def test_a_rejection_of_a_question_about_going_on_ends_the_session_as_rejected() -> None:
    world = World(checks=[make_check(passes_after=99)])
    await world.drive()
    await world.say(Reject(approval=await world.question(), reason="enough"))
    await world.drive()
    assert (await examine(world)).ended == "rejected"


async def test_two_words_in_a_row_are_one_decision_on_what_both_say() -> None:
    world = asking_world()
    await world.drive()
    await world.say(Approve(approval=await world.question()))
    await world.say(Pause())
    await world.say(Stop())
    before = len(await world.events(HookDecided))
    await world.drive()
    state = await examine(world)
    assert state.ended == "stopped_by_person" and not world.skills.calls
    assert len(await world.events(HookDecided)) == before + 1


async def test_an_approved_act_that_policy_denies_by_now_does_not_run() -> None:
    changed: list[bool] = []

    def judge(request: Request) -> Verdict:
        denied = Verdict(outcome="denied", because=("new-rule",), words="forbidden since this morning")
        return denied if changed else ask_first(request)

    world = asking_world()
    world._authorizer = FixedAuthorizer(judge)
    await world.drive()
    changed.append(True)
    await world.say(Approve(approval=await world.question()))
    assert await world.drive() is Status.WAITING
    state = await examine(world)
    assert state.pinned is None and not world.skills.calls
    assert state.question is not None and state.question.rule == "unknown_failure"
    assert len(await world.events(CallDenied)) == 1


async def test_an_answer_while_the_driver_still_holds_the_session_is_heard_before_it_lets_go() -> None:
    world = asking_world()
    await world.start()
    release = world.log.release
    answered: list[bool] = []

    async def answered_first(claim: Claim, *, version: int) -> bool:
        if not answered:
            answered.append(True)
            await world.say(Approve(approval=await world.question()))
        return await release(claim, version=version)

    world.log.release = answered_first  # type: ignore[method-assign]
    assert await world.drive() is Status.ENDED
    assert (await examine(world)).ended == "success" and answered


async def test_only_one_of_two_workers_gets_a_session() -> None:
    world = World(checks=[make_check(passes_after=1)])
    await world.start()
    claims = await asyncio.gather(*(world.worker(owner).claim() for owner in ("w1", "w2", "w3")))
    assert sum(claim is not None for claim in claims) == 1


async def test_an_act_that_was_overtaken_by_another_worker_is_recorded_by_nobody_but_asked_about() -> None:
    skills = Slow()
    world = World(checks=[make_check(passes_after=1)], skills=skills)
    await world.start()
    driving = asyncio.create_task(world.drive("stale"))
    await skills.started.wait()
    world.clock.wind(60)
    assert await world.drive("fresh") is Status.WAITING
    skills.go.set()
    with pytest.raises(ClaimLost):
        await driving
    state = await examine(world)
    assert state.question is not None and state.question.rule == "unclear_impact"
    assert not await world.events(SkillReturned) and len(await world.events(SkillCalled)) == 1


async def test_a_worker_that_loses_its_claim_ends_the_act_that_runs() -> None:
    skills = Slow()
    world = World(checks=[make_check(passes_after=1)], skills=skills)
    await world.start()
    worker = Worker(
        log=world.log, clock=world.clock, ids=world.ids, owner="stale", place="here",
        steps_for=lambda session: nullcontext(world.steps_for(session)), finished=_nothing, lease=0.9,
    )  # fmt: skip
    claim = await worker.claim(world.session)
    assert claim is not None
    driving = asyncio.create_task(worker.drive(claim))
    await skills.started.wait()
    world.clock.wind(60)
    assert await world.worker("fresh").claim(world.session) is not None
    with pytest.raises(ClaimLost):
        await asyncio.wait_for(driving, 10)
    assert not skills.calls, "it was ended, not finished"


async def test_a_store_that_is_busy_at_a_heartbeat_is_tried_again_and_the_act_goes_on() -> None:
    skills = Slow()
    world = World(checks=[make_check(passes_after=1)], skills=skills)
    await world.start()
    heartbeat, beats = world.log.heartbeat, []

    async def busy_at_first(claim: Claim, *, lease: float) -> None:
        beats.append(claim)
        if len(beats) == 1:
            raise StoreUnusable("locked")
        await heartbeat(claim, lease=lease)
        skills.go.set()

    world.log.heartbeat = busy_at_first  # type: ignore[method-assign]
    worker = Worker(
        log=world.log, clock=world.clock, ids=world.ids, owner="w1", place="here",
        steps_for=lambda session: nullcontext(world.steps_for(session)), finished=_nothing, lease=0.9,
    )  # fmt: skip
    claim = await worker.claim(world.session)
    assert claim is not None
    assert await asyncio.wait_for(worker.drive(claim), 10) is Status.ENDED
    assert (await examine(world)).ended == "success"


async def _nothing(state: object) -> None:
    return None


class StopsBeforeChecks(World):
    """A person stops it in the moment in which the checks were announced."""

    async def stopping(self) -> None:
        append = self.log.append

        async def then_stop(session, drafts, **more):  # type: ignore[no-untyped-def]
            result = await append(session, drafts, **more)
            if any(isinstance(draft.event, ChecksCalled) for draft in drafts):
                await self.say(Stop())
                await asyncio.sleep(LISTEN * 1.5)
            return result

        self.log.append = then_stop  # type: ignore[method-assign]


async def test_a_stop_that_is_heard_before_the_first_check_skips_all_checks() -> None:
    world = StopsBeforeChecks(checks=[make_check(passes_after=1)])
    await world.start()
    await world.stopping()
    assert await world.drive() is Status.ENDED
    assert (await examine(world)).ended == "stopped_by_person"
    assert [act.skill for act in world.skills.calls] == ["test.noop"]
