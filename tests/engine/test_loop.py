"""The loop and its corners, on a small world without effects."""

from collections.abc import Sequence

from msgspec.structs import replace

from interlock.core.budget import Limits
from interlock.core.commands import Approve
from interlock.core.events import (
    CallDenied,
    HookDecided,
    LessonLearned,
    SessionEnded,
    SkillCalled,
    SkillReturned,
    StepTaken,
)
from interlock.core.plan import Proposal
from interlock.core.policy import Request, Verdict
from interlock.core.remediation import Diagnosis, Failure
from interlock.core.state import State
from interlock.engine.loop import Status
from interlock.testing import FixedAuthorizer, ScriptedAgent, ScriptedDebugger, make_check, make_proposal
from world import World, mends


async def outcome(world: World) -> str | None:
    return (await world.state()).ended


async def test_a_session_ends_as_success_when_every_check_passes() -> None:
    world = World(checks=[make_check(passes_after=2)], debugger=mends(3))
    assert await world.drive() is Status.ENDED
    assert await outcome(world) == "success"
    assert [act.skill for act in world.skills.calls] == ["test.noop", "test.check"] * 2
    assert [state.ended for state in world.finished] == ["success"]


async def test_success_on_the_last_allowed_turn_is_success() -> None:
    world = World(checks=[make_check(passes_after=3)], limits=Limits(max_iterations=3), debugger=mends(9))
    await world.drive()
    assert await outcome(world) == "success"


async def test_one_turn_more_than_allowed_never_begins() -> None:
    world = World(checks=[make_check(passes_after=4)], limits=Limits(max_iterations=3), debugger=mends(9))
    await world.drive()
    assert await outcome(world) == "max_iterations"
    assert len(await world.events(SkillCalled)) == 3


async def test_only_the_hooks_decision_precedes_an_end() -> None:
    world = World(checks=[make_check(passes_after=1)])
    await world.drive()
    envelopes = await world.envelopes()
    assert isinstance(envelopes[-1].data, SessionEnded)
    assert isinstance(envelopes[-2].data, HookDecided)
    assert envelopes[-2].data.decision.action == "terminate"


async def test_a_failing_check_with_a_known_fix_is_mended_without_asking_and_remembered() -> None:
    world = World(checks=[make_check(passes_after=2)], debugger=mends(1))
    await world.drive()
    assert await outcome(world) == "success"
    (lesson,) = await world.events(LessonLearned)
    assert lesson.lesson.fix == "mend:0" and lesson.lesson.worked
    (remembered,) = await world.log.remembered()
    assert (remembered.wins, remembered.tries) == (1, 1)


async def test_a_fix_that_did_not_help_is_remembered_as_such_and_not_repeated() -> None:
    world = World(checks=[make_check(passes_after=3)], debugger=mends(2))
    await world.drive()
    lessons = [(one.lesson.fix, one.lesson.worked) for one in await world.events(LessonLearned)]
    assert lessons == [("mend:0", False), ("mend:1", True)]


async def test_fixes_that_are_used_up_end_in_a_question() -> None:
    world = World(checks=[make_check(passes_after=99)], debugger=mends(2))
    assert await world.drive() is Status.WAITING
    state = await world.state()
    assert state.question is not None and state.question.rule == "unknown_failure"
    assert "no remedy for it is left" in state.question.question


async def test_an_unknown_failure_ends_in_a_question_and_not_in_a_loop() -> None:
    world = World([make_proposal()], checks=[make_check(passes_after=99)])
    assert await world.drive() is Status.WAITING
    state = await world.state()
    assert state.question is not None and state.question.rule == "unknown_failure"
    assert "check:unit" in state.question.question


async def test_a_denied_candidate_makes_room_for_the_next() -> None:
    def judge(request: Request) -> Verdict:
        if request.act.arguments.get("mark") == "bad":
            return Verdict(outcome="denied", because=("no-bad",), words="bad is forbidden")
        return Verdict(outcome="allowed", because=("ok",))

    world = World(
        [make_proposal(mark="bad"), make_proposal(mark="good")],
        checks=[make_check(passes_after=1)],
        authorizer=FixedAuthorizer(judge),
    )
    await world.drive()
    assert await outcome(world) == "success"
    assert len(await world.events(CallDenied)) == 1
    (called,) = await world.events(SkillCalled)
    assert called.proposal.act.arguments["mark"] == "good"


async def test_a_violation_ends_the_session() -> None:
    authorizer = FixedAuthorizer(lambda _: Verdict(outcome="denied", because=("escape",), violation=True))
    world = World(authorizer=authorizer, checks=[make_check(passes_after=1)])
    await world.drive()
    assert await outcome(world) == "permission_violation"
    assert not await world.events(SkillCalled)


async def test_an_error_while_judging_is_a_refusal() -> None:
    def broken(request: Request) -> Verdict:
        raise RuntimeError("policy file is gone")

    world = World(authorizer=FixedAuthorizer(broken), checks=[make_check(passes_after=1)])
    await world.drive()
    assert not await world.events(SkillCalled)
    denied = await world.events(CallDenied)
    assert denied and "policy file is gone" in denied[0].words


async def test_the_cap_holds_and_ends_the_session() -> None:
    world = World(
        [make_proposal(worst=4_000_000, usage={"minute": 4.0})],
        checks=[make_check(passes_after=99)],
        limits=Limits(ask_line=10_000_000, cap=10_000_000, max_retries=9),
        prices={"minute": 1_000_000},
        debugger=mends(9, worst=4_000_000, usage={"minute": 4.0}),
    )
    await world.drive()
    assert await outcome(world) == "budget_exceeded"
    row = await world.log.row(world.session)
    assert row is not None and (row.spent, row.held) == (8_000_000, 0)


async def test_a_reported_overrun_is_booked_as_it_is() -> None:
    world = World(
        [make_proposal(worst=1_000_000, usage={"minute": 3.0})],
        checks=[make_check(passes_after=1)],
        prices={"minute": 1_000_000},
    )
    await world.drive()
    (returned,) = await world.events(SkillReturned)
    assert returned.cost == 3_000_000 and returned.reported


async def test_an_act_without_a_report_settles_its_worst_case() -> None:
    world = World([make_proposal(worst=1_500_000)], checks=[make_check(passes_after=1)])
    await world.drive()
    assert (await world.state()).budget.spent == 1_500_000


async def test_the_act_that_would_cross_the_ask_line_is_withheld_before_it_runs() -> None:
    world = World(
        [make_proposal(worst=6_000_000)],
        checks=[make_check(passes_after=2)],
        limits=Limits(ask_line=10_000_000, cap=20_000_000),
        debugger=mends(3, worst=6_000_000),
    )
    assert await world.drive() is Status.WAITING
    state = await world.state()
    assert state.question is not None and state.question.rule == "high_cost"
    assert state.budget.spent == 6_000_000
    await world.say(Approve(approval=state.question.approval))
    await world.drive()
    assert await outcome(world) == "success"


async def test_an_act_that_costs_nothing_never_crosses_the_ask_line() -> None:
    world = World(checks=[make_check(passes_after=1)], limits=Limits(ask_line=0, cap=0))
    await world.drive()
    assert await outcome(world) == "success"


async def test_an_agent_that_proposes_nothing_does_not_loop_for_ever() -> None:
    world = World([], checks=[make_check(passes_after=1)], limits=Limits(stall_limit=3))
    assert await world.drive() is Status.WAITING
    state = await world.state()
    assert state.question is not None and state.question.rule == "no_progress"
    assert state.taken == 0


async def test_an_agent_that_raises_is_an_idle_turn_and_not_the_end_of_the_process() -> None:
    class Broken(ScriptedAgent):
        async def propose(self, state: State) -> Sequence[Proposal]:
            raise RuntimeError("model is down")

    world = World(checks=[make_check(passes_after=1)], limits=Limits(stall_limit=2))
    world.agent = Broken()
    assert await world.drive() is Status.WAITING
    steps = await world.events(StepTaken)
    assert "model is down" in steps[0].words


async def test_every_event_leads_back_to_the_words() -> None:
    world = World(checks=[make_check(passes_after=2)], debugger=mends(1))
    await world.drive()
    envelopes = await world.envelopes()
    known_ids: set[str | None] = {None}
    for envelope in envelopes:
        assert envelope.cause in known_ids, f"{envelope.kind} has no cause"
        known_ids.add(envelope.id)
    assert [envelope.kind for envelope in envelopes if envelope.cause is None] == ["SessionStarted"]


async def test_an_iteration_costs_two_commits() -> None:
    world = World(checks=[make_check(passes_after=20)], debugger=mends(99), limits=Limits(max_retries=99))
    await world.start()
    appends = []
    append = world.log.append

    async def counted(session, drafts, **more):  # type: ignore[no-untyped-def]
        appends.append([type(draft.event).__name__ for draft in drafts])
        return await append(session, drafts, **more)

    world.log.append = counted  # type: ignore[method-assign]
    await world.drive()
    assert len(appends) == 2 * 20 + 1  # and the end
    assert appends[2][-1] == "SkillCalled" and appends[3][0] == "SkillReturned"


async def test_a_fix_that_runs_what_fails_shows_what_fails_next() -> None:
    def judge(state: State, failure: Failure) -> Diagnosis:
        nth = len([fix for fixes in state.tried.values() for fix in fixes])
        fix = replace(
            make_proposal(ok=nth > 0, output=f"ValueError: trouble {'ab'[nth]}"),
            fix=f"mend:{nth}",
            fingerprint=failure.fingerprint,
            task="task:serve",
        )
        return Diagnosis(pattern="known", candidates=(fix,))

    first = replace(make_proposal(ok=False, output="OSError: port is taken"), task="task:serve")
    world = World([first], checks=[make_check(passes_after=1)], debugger=ScriptedDebugger(judge))
    await world.drive()
    assert await outcome(world) == "success"
    lessons = [(one.lesson.fix, one.lesson.worked) for one in await world.events(LessonLearned)]
    assert lessons == [("mend:0", True), ("mend:1", True)]
