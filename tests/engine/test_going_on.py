"""Questions about going on: what an answer resets, what it grants, and that no session goes round for ever."""

import asyncio
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from examined import examine
from interlock.core.budget import Limits
from interlock.core.commands import Approve
from interlock.core.events import ApprovalRequested, CallDenied, HookDecided, SkillCalled, StepTaken
from interlock.core.plan import Proposal
from interlock.core.policy import Request, Risk, Verdict
from interlock.core.state import State
from interlock.engine.loop import Status
from interlock.testing import FixedAuthorizer, NoopSkills, ScriptedAgent, make_check, make_proposal
from test_crash import DiesOnce, crash
from world import World, known, mends


async def bounded(world: World, owner: str = "w1") -> Status:
    """Drive it, and fail when it goes round for ever."""
    return await asyncio.wait_for(world.drive(owner), 5)


async def approved(world: World, rule: str) -> None:
    """Say yes to the open question, which must be this rule's."""
    state = await world.state()
    assert state.question is not None and state.question.rule == rule, state.question
    await world.say(Approve(approval=state.question.approval))


class Yielding(ScriptedAgent):
    """Lets others run before it answers, as a model does."""

    async def propose(self, state: State) -> Sequence[Proposal]:
        await asyncio.sleep(0)
        return await super().propose(state)


async def test_idle_turns_use_up_the_tries_that_were_granted() -> None:
    world = World([], checks=[make_check(passes_after=1)], limits=Limits(stall_limit=2))
    world.agent = Yielding([])
    await bounded(world)
    await approved(world, "no_progress")
    assert await bounded(world) is Status.WAITING
    assert (await examine(world)).taken == 0
    assert [one.outcome for one in await world.events(StepTaken)] == ["idle"] * 5, "2 until the question, then 3 more"


async def test_an_act_that_is_denied_for_ever_ends_in_questions_and_then_at_the_limit() -> None:
    judge = FixedAuthorizer(lambda _: Verdict(outcome="denied", because=("no",), words="never"))
    world = World(
        [replace(make_proposal(), task="task:deploy")],
        checks=[make_check(passes_after=1)],
        authorizer=judge,
        steps=("task:deploy",),
        limits=Limits(max_iterations=6),
    )
    for _ in range(2):
        assert await bounded(world) is Status.WAITING
        await approved(world, "unknown_failure")
    assert await bounded(world) is Status.ENDED
    state = await examine(world)
    assert (state.ended, state.taken) == ("max_iterations", 6)
    assert not world.skills.calls and len(await world.events(CallDenied)) == 6


async def test_an_act_to_be_repeated_after_a_crash_is_let_go_once_it_is_denied() -> None:
    later: list[bool] = []

    def judge(request: Request) -> Verdict:
        if later and request.act.arguments.get("idempotent"):
            return Verdict(outcome="denied", because=("no",), words="not again")
        return Verdict(outcome="allowed")

    world = World(
        [make_proposal(idempotent=True)],
        [make_proposal(mark="other")],
        checks=[make_check(passes_after=2)],
        authorizer=FixedAuthorizer(judge),
        skills=DiesOnce(),
    )
    await crash(world)
    later.append(True)
    await bounded(world, "next")
    await approved(world, "unknown_failure")
    await bounded(world, "next")
    assert (await examine(world)).ended == "success"


async def test_a_session_whose_turns_change_nothing_asks_instead_of_looking_for_ever() -> None:
    world = World([make_proposal(changed=False)], limits=Limits(stall_limit=3), steps=("task:never",))
    assert await bounded(world) is Status.WAITING
    state = await examine(world)
    assert state.question is not None and state.question.rule == "no_progress"
    assert state.taken == 3


class Says:
    """An assessor with a list of answers, one a turn, then nothing."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def assess(self, state: State) -> Sequence[Risk]:
        self.asked += 1
        return self.answers.pop(0) if self.answers else ()  # type: ignore[return-value]


async def test_an_assessor_is_asked_once_a_turn_and_an_answer_closes_the_risk_that_was_asked_about() -> None:
    assessor = Says(["destructive_action"])
    world = World(checks=[make_check(passes_after=2)], debugger=mends(3), assessors=[assessor])
    await bounded(world)
    assert assessor.asked == 1
    await approved(world, "destructive_action")
    await bounded(world)
    assert (await examine(world)).ended == "success" and assessor.asked == 2


async def test_an_answer_accepts_no_risk_that_it_was_not_asked_about() -> None:
    assessor = Says(["asked_by_person", "destructive_action"])
    world = World(checks=[make_check(passes_after=2)], debugger=mends(3), assessors=[assessor])
    await bounded(world)
    await approved(world, "destructive_action")
    await bounded(world)
    await approved(world, "asked_by_person")
    await bounded(world)
    state = await examine(world)
    assert state.ended == "success" and state.ask_after is None, "no later question that nobody wished for"


async def test_an_act_that_may_have_happened_is_accepted_apart_from_other_risks() -> None:
    world = World(checks=[make_check(passes_after=1)], skills=DiesOnce(), assessors=[Says(["guard_unavailable"])])
    await crash(world)
    await bounded(world, "next")
    await approved(world, "unclear_impact")
    await bounded(world, "next")
    await approved(world, "guard_unavailable")
    await bounded(world, "next")
    assert (await examine(world)).ended == "success"


@pytest.mark.parametrize("garbage", ["destructive_action", ["nonsense"], [1], None, 5])
async def test_an_assessor_that_answers_garbage_adds_a_risk_and_leaves_a_readable_log(garbage: object) -> None:
    world = World(checks=[make_check(passes_after=2)], debugger=mends(3), assessors=[Says(garbage)])
    assert await bounded(world) is Status.WAITING
    await examine(world)
    await approved(world, "guard_unavailable")


@pytest.mark.parametrize(
    "garbage",
    [
        Verdict(outcome="perhaps"),  # type: ignore[arg-type]
        Verdict(outcome="withheld", risks=("nonsense",)),  # type: ignore[arg-type]
        Verdict(outcome="withheld", because=(5,)),  # type: ignore[arg-type]
    ],
)
async def test_a_guard_that_answers_a_verdict_that_is_none_withholds_and_leaves_a_readable_log(
    garbage: Verdict,
) -> None:
    class Guard:
        async def judge(self, request: Request) -> Verdict:
            return garbage

    world = World(checks=[make_check(passes_after=1)], guards=[Guard()])
    assert await bounded(world) is Status.WAITING
    state = await examine(world)
    assert state.question is not None and state.question.rule == "guard_unavailable"
    assert not world.skills.calls


async def test_a_guard_that_denies_has_the_last_word_and_the_next_candidate_is_tried() -> None:
    class Guard:
        async def judge(self, request: Request) -> Verdict:
            bad = request.act.arguments.get("mark") == "bad"
            return (
                Verdict(outcome="denied", because=("guard",), words="not that") if bad else Verdict(outcome="allowed")
            )

    world = World(
        [make_proposal(mark="bad"), make_proposal(mark="good")], checks=[make_check(passes_after=1)], guards=[Guard()]
    )
    await bounded(world)
    assert (await examine(world)).ended == "success"
    assert [call.proposal.act.arguments["mark"] for call in await world.events(SkillCalled)] == ["good"]


async def test_a_violation_in_a_check_ends_the_session_before_anything_runs() -> None:
    def judge(request: Request) -> Verdict:
        if request.act.skill == "test.check":
            return Verdict(outcome="denied", because=("escape",), violation=True)
        return Verdict(outcome="allowed")

    world = World(checks=[make_check(passes_after=1)], authorizer=FixedAuthorizer(judge))
    await bounded(world)
    assert (await examine(world)).ended == "permission_violation" and not world.skills.calls


async def test_withheld_turns_use_up_neither_iterations_nor_granted_tries() -> None:
    def judge(request: Request) -> Verdict:
        if request.quote.effects.destructive and not request.approved:
            return Verdict(outcome="withheld", because=("ask",), risks=("destructive_action",))
        return Verdict(outcome="allowed")

    world = World(
        [make_proposal(destructive=True)],
        checks=[make_check(passes_after=99)],
        authorizer=FixedAuthorizer(judge),
        limits=Limits(max_iterations=3, stall_limit=99, broken_limit=99),
    )
    asked = []
    while await bounded(world) is Status.WAITING:
        state = await world.state()
        assert state.question is not None
        asked.append(state.question.rule)
        await world.say(Approve(approval=state.question.approval))
    assert (await examine(world)).ended == "max_iterations" and len(world.skills.calls) == 2 * 3
    assert asked == ["destructive_action", "unknown_failure", "destructive_action", "destructive_action"]


class Slower(NoopSkills):
    """Each act takes its seconds by the world's clock; the world gives it."""

    world: World

    async def call(self, act, around):  # type: ignore[no-untyped-def]
        self.world.clock.wind(act.arguments.get("takes", 0))
        return await super().call(act, around)


@pytest.mark.parametrize(("limit", "ended"), [(20.0, "max_time"), (30.0, "max_time"), (30.1, "success")])
async def test_max_time_is_reached_when_the_time_is_used_up_and_not_before(limit: float, ended: str) -> None:
    skills = Slower()
    world = World(
        [make_proposal(takes=10)],
        checks=[make_check(passes_after=3)],
        debugger=mends(9, takes=10),
        skills=skills,
        limits=Limits(max_time=limit),
    )
    skills.world = world
    await bounded(world)
    state = await examine(world)
    assert state.ended == ended


async def test_thinking_is_working_time_and_waiting_for_people_is_not() -> None:
    class Thinks(Yielding):
        async def propose(self, state: State) -> Sequence[Proposal]:
            world.clock.wind(7)
            return await super().propose(state)

    world = World(checks=[make_check(passes_after=1)], limits=Limits(stall_limit=2, max_time=30))
    world.agent = Thinks([])
    await bounded(world)
    assert (await world.state()).worked == 14_000_000, "two idle turns of 7 s"
    world.clock.wind(3600)
    await approved(world, "no_progress")
    await bounded(world)
    assert (await examine(world)).ended == "max_time"


async def test_a_wish_to_be_asked_after_so_many_tries_counts_anew_from_the_answer() -> None:
    world = World(checks=[make_check(passes_after=9)], debugger=mends(9), limits=Limits(after_tries=1, max_retries=9))
    await bounded(world)
    await approved(world, "asked_by_person")
    await bounded(world)
    assert [one.rule for one in await world.events(ApprovalRequested)] == ["asked_by_person"] * 2
    assert (await examine(world)).taken == 4


async def test_what_is_expected_next_is_what_comes_next() -> None:
    fix = replace(make_proposal(), expects="the check passes then", fix="mend:x")
    world = World(checks=[make_check(passes_after=2)], debugger=known(fix))
    await bounded(world)
    first, *_ = await world.events(HookDecided)
    assert (first.decision.rule, first.decision.next_expected_state) == ("known_fix", "the check passes then")
