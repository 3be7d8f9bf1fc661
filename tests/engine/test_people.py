"""People's words: approvals bound to one act, rejections, deadlines, edits, pauses, stops."""

import asyncio

import pytest
from msgspec.structs import replace

from interlock.core.budget import Limits
from interlock.core.commands import Approve, Edit, Pause, Reject, Resume, Stop
from interlock.core.events import ApprovalExpired, ApprovalWithdrawn, CallWithheld, LessonLearned, SkillCalled
from interlock.core.plan import Act
from interlock.core.policy import Request, Verdict
from interlock.engine.control import Refused
from interlock.engine.loop import Status
from interlock.engine.worker import work
from interlock.ports import SkillResult, Surroundings
from interlock.testing import FixedAuthorizer, NoopSkills, make_act, make_check, make_proposal
from world import World, mends


def ask_first(request: Request) -> Verdict:
    """Destructive acts need a person."""
    if request.quote.effects.destructive and not request.approved:
        return Verdict(
            outcome="withheld", because=("no-destruction",), risks=("destructive_action",), words="it destroys"
        )
    return Verdict(outcome="allowed", because=("permit",))


def asking_world(**more: object) -> World:
    return World(
        [make_proposal(destructive=True)],
        checks=[make_check(passes_after=1)],
        authorizer=FixedAuthorizer(ask_first),
        **more,  # type: ignore[arg-type]
    )


async def test_a_withheld_act_does_not_run_and_its_turn_does_not_count() -> None:
    world = asking_world()
    assert await world.drive() is Status.WAITING
    state = await world.state()
    assert state.taken == 0 and not world.skills.calls
    assert state.question is not None and state.question.digest == make_act(destructive=True).digest


async def test_a_withheld_act_that_is_approved_is_performed_exactly_once_and_unasked() -> None:
    world = asking_world()
    await world.drive()
    await world.say(Approve(approval=await world.question()))
    await world.drive()
    assert (await world.state()).ended == "success"
    called = await world.events(SkillCalled)
    assert [call.approval for call in called] == [called[0].approval] and called[0].approval


async def test_an_approval_is_not_a_permission_for_the_next_act() -> None:
    world = World(
        [make_proposal(destructive=True)], checks=[make_check(passes_after=2)], authorizer=FixedAuthorizer(ask_first)
    )
    await world.drive()
    await world.say(Approve(approval=await world.question()))
    assert await world.drive() is Status.WAITING
    assert len(await world.events(SkillCalled)) == 1
    assert (await world.state()).question is not None


async def test_a_rejection_ends_the_session_through_the_hook() -> None:
    world = asking_world()
    await world.drive()
    await world.say(Reject(approval=await world.question(), reason="not today"))
    await world.drive()
    assert (await world.state()).ended == "rejected"
    assert not world.skills.calls


async def test_a_rejected_fix_is_remembered_as_refused_and_not_as_tried() -> None:
    fix = replace(make_proposal(destructive=True), fix="mend:0", fingerprint="v1:f")
    world = World([fix], checks=[make_check(passes_after=1)], authorizer=FixedAuthorizer(ask_first))
    await world.drive()
    await world.say(Reject(approval=await world.question()))
    [known] = await world.log.recall("v1:f")
    assert (known.fix, known.environment, known.refused, known.tries) == ("mend:0", "here", 1, 0)
    await world.drive()
    assert (await world.state()).ended == "rejected"


async def test_a_rejected_act_that_is_no_fix_and_a_silence_teach_nothing() -> None:
    for rejected in (True, False):
        world = asking_world(limits=Limits(answer_within=60))
        await world.drive()
        approval = await world.question()
        if rejected:
            await world.say(Reject(approval=approval))
        world.clock.wind(61)
        await world.drive()
        assert await world.events(LessonLearned) == []
        assert (await world.state()).ended == "rejected"


async def test_an_answer_after_the_deadline_is_refused_and_the_session_ends_as_rejected() -> None:
    world = asking_world(limits=Limits(answer_within=60))
    await world.drive()
    approval = await world.question()
    world.clock.wind(61)
    with pytest.raises(Refused, match="closed"):
        await world.say(Approve(approval=approval))
    assert await world.events(ApprovalExpired)
    await world.drive()
    assert (await world.state()).ended == "rejected"


async def test_a_worker_that_comes_after_the_deadline_records_the_expiry() -> None:
    world = asking_world(limits=Limits(answer_within=60))
    await world.drive()
    world.clock.wind(61)
    claim = await world.worker().claim()
    assert claim is not None
    await world.worker().drive(claim)
    assert (await world.state()).ended == "rejected"


async def test_an_edited_act_is_gated_under_its_own_digest() -> None:
    world = asking_world()
    await world.drive()
    edited = make_act(destructive=True, mark="gentler")
    await world.say(Edit(approval=await world.question(), act=edited))
    assert await world.drive() is Status.WAITING
    state = await world.state()
    assert state.question is not None and state.question.digest == edited.digest
    assert len(await world.events(CallWithheld)) == 2
    await world.say(Approve(approval=state.question.approval))
    await world.drive()
    (called,) = await world.events(SkillCalled)
    assert called.proposal.act == edited and called.proposal.agent == "person"


async def test_an_edit_to_something_harmless_runs_without_another_question() -> None:
    world = asking_world()
    await world.drive()
    await world.say(Edit(approval=await world.question(), act=make_act(mark="harmless")))
    await world.drive()
    assert (await world.state()).ended == "success"


async def test_an_answer_counts_once() -> None:
    world = asking_world()
    await world.drive()
    approval = await world.question()
    await world.say(Approve(approval=approval))
    with pytest.raises(Refused, match="closed"):
        await world.say(Reject(approval=approval))


async def test_an_approval_for_another_question_is_refused() -> None:
    world = asking_world()
    await world.drive()
    with pytest.raises(Refused, match="the open one is"):
        await world.say(Approve(approval="apr-9999"))


async def test_a_stop_while_a_question_is_open_withdraws_it_and_ends_the_session() -> None:
    world = asking_world()
    await world.drive()
    approval = await world.question()
    await world.say(Stop(reason="enough"))
    assert await world.events(ApprovalWithdrawn)
    with pytest.raises(Refused):
        await world.say(Approve(approval=approval))
    await world.drive()
    assert (await world.state()).ended == "stopped_by_person"
    assert not world.skills.calls


async def test_a_stop_beats_an_approval_that_is_not_yet_used() -> None:
    world = asking_world()
    await world.drive()
    await world.say(Approve(approval=await world.question()))
    await world.say(Stop())
    await world.drive()
    assert (await world.state()).ended == "stopped_by_person"
    assert not world.skills.calls


class Slow(NoopSkills):
    """A skill that runs until it is let go or stopped."""

    def __init__(self) -> None:
        super().__init__()
        self.started, self.go = asyncio.Event(), asyncio.Event()

    async def call(self, act: Act, around: Surroundings) -> SkillResult:
        if act.skill != "test.noop":
            return await super().call(act, around)
        self.started.set()
        assert around.stop is not None
        go, stop = asyncio.create_task(self.go.wait()), asyncio.create_task(around.stop.wait())
        await asyncio.wait([go, stop], return_when=asyncio.FIRST_COMPLETED)
        for task in (go, stop):
            task.cancel()
        if around.stop.is_set():
            return SkillResult(ok=False, ended="stopped", output="terminated")
        return await super().call(act, around)


async def test_a_pause_lets_the_running_act_end_and_leaves_its_checks_for_later() -> None:
    skills = Slow()
    world = World(checks=[make_check(passes_after=1)], skills=skills)
    await world.start()
    driving = asyncio.create_task(world.drive())
    await skills.started.wait()
    await world.say(Pause())
    skills.go.set()
    assert await driving is Status.WAITING
    state = await world.state()
    assert state.turn.returned is not None and state.turn.returned.ok
    assert [act.skill for act in skills.calls] == ["test.noop"]
    await world.say(Resume())
    assert await world.drive() is Status.ENDED
    assert [act.skill for act in skills.calls] == ["test.noop", "test.check"]
    assert (await world.state()).ended == "success"


async def test_a_stop_ends_the_running_act_and_skips_its_checks() -> None:
    skills = Slow()
    world = World(checks=[make_check(passes_after=1)], skills=skills)
    await world.start()
    driving = asyncio.create_task(world.drive())
    await skills.started.wait()
    await world.say(Stop())
    assert await driving is Status.ENDED
    state = await world.state()
    assert state.ended == "stopped_by_person"
    assert skills.calls == []
    row = await world.log.row(world.session)
    assert row is not None and row.held == 0


async def test_a_guard_that_hangs_withholds_the_act_and_says_so() -> None:
    class Hangs:
        async def judge(self, request: Request) -> Verdict:
            await asyncio.Event().wait()
            raise AssertionError

    world = World(guards=[Hangs()], checks=[make_check(passes_after=1)])
    assert await world.drive() is Status.WAITING
    state = await world.state()
    assert state.question is not None and state.question.rule == "guard_unavailable"
    await world.say(Approve(approval=state.question.approval))
    assert await world.drive() is Status.WAITING, "an approval never skips the guard"
    assert not world.skills.calls


async def test_a_guard_that_answers_garbage_withholds_the_act() -> None:
    class Garbage:
        async def judge(self, request: Request) -> Verdict:
            return "yes please"  # type: ignore[return-value]

    world = World(guards=[Garbage()], checks=[make_check(passes_after=1)])
    assert await world.drive() is Status.WAITING
    assert not await world.events(SkillCalled)


async def test_an_answer_about_going_on_grants_the_tries_that_the_question_showed() -> None:
    world = World(checks=[make_check(passes_after=99)], limits=Limits(stall_limit=99, broken_limit=99))
    await world.drive()
    state = await world.state()
    assert state.question is not None and state.question.tries == 3
    before = state.taken
    await world.say(Approve(approval=state.question.approval))
    await world.drive()
    assert (await world.state()).taken == before + 3
    assert (await world.state()).question is not None


async def test_only_a_persons_answer_raises_the_ask_line_and_never_above_the_cap() -> None:
    world = World(
        [make_proposal(worst=12_000_000)],
        checks=[make_check(passes_after=1)],
        limits=Limits(ask_line=10_000_000, cap=20_000_000),
    )
    await world.drive()
    approval = await world.question()
    with pytest.raises(Refused, match="above the cap"):
        await world.say(Approve(approval=approval, up_to=21_000_000))
    await world.say(Approve(approval=approval, up_to=15_000_000))
    state = await world.state()
    assert state.budget.ask_line == 15_000_000
    await world.drive()
    assert (await world.state()).ended == "success"


async def test_checks_that_changed_during_the_session_are_no_proof() -> None:
    world = World(checks=[make_check(passes_after=1)])
    await world.start()
    world.digests = {"test_shop.py": "edited"}
    await world.drive()
    state = await world.state()
    assert state.ended is None and state.question is not None and state.question.rule == "checks_changed"
    await world.say(Approve(approval=state.question.approval))
    await world.drive()
    assert (await world.state()).ended == "success"


async def test_a_question_after_so_many_tries_is_asked_when_the_words_said_so() -> None:
    world = World(checks=[make_check(passes_after=99)], limits=Limits(after_tries=2), debugger=mends(9))
    await world.drive()
    state = await world.state()
    assert state.question is not None and state.question.rule == "asked_by_person"
    assert state.taken == 2
    await world.say(Approve(approval=state.question.approval))
    await world.drive()
    assert (await world.state()).taken == 5, "three more tries, then the question again"


async def test_a_worker_that_is_told_to_rest_finishes_its_turn_and_lets_go() -> None:
    skills = Slow()
    world = World(checks=[make_check(passes_after=2)], skills=skills, debugger=mends(5))
    await world.start()
    worker = world.worker("leaving")
    stop = asyncio.Event()
    working = asyncio.create_task(work(worker, slots=2, stop=stop, drove=lambda *_: None, poll=0.01))
    await skills.started.wait()
    stop.set()
    await asyncio.sleep(0)
    skills.go.set()
    await working
    state = await world.state()
    assert state.ended is None and state.lost is None and state.taken == 1
    await world.drive("next")
    assert (await world.state()).ended == "success"


async def test_what_a_guard_wants_a_person_for_runs_once_a_person_has_seen_it() -> None:
    class Wants:
        asked = 0

        async def judge(self, request: Request) -> Verdict:
            self.asked += 1
            return Verdict(outcome="withheld", because=("guard",), risks=("asked_by_person",))

    guard = Wants()
    world = World(guards=[guard], checks=[make_check(passes_after=1)])
    assert await world.drive() is Status.WAITING
    await world.say(Approve(approval=await world.question()))
    assert await world.drive() is Status.ENDED
    assert guard.asked == 2, "an approval asks the guard again"
