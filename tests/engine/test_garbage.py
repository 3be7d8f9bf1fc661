"""What comes from outside may be anything: it is recorded readably, and never ends the process that drives."""

from msgspec.structs import replace

from examined import examine
from interlock.core.events import CallDenied, ChecksReturned, SkillReturned, StepReviewed
from interlock.core.plan import Act
from interlock.core.policy import Risk
from interlock.core.state import State
from interlock.engine.loop import Status
from interlock.ports import SkillResult, Surroundings
from interlock.testing import NoopSkills, make_check, make_proposal
from world import World, mends


async def test_output_that_is_no_text_is_recorded_as_well_as_it_can_be() -> None:
    class Odd(NoopSkills):
        async def call(self, act: Act, around: Surroundings) -> SkillResult:
            return replace(await super().call(act, around), output="half a \udce2 letter")

    world = World(checks=[make_check(passes_after=1)], skills=Odd())
    await world.drive()
    assert (await examine(world)).ended == "success"
    (returned,), (checked,) = await world.events(SkillReturned), await world.events(ChecksReturned)
    assert returned.output == checked.results[0].output == "half a ? letter"


async def test_an_act_whose_arguments_break_the_judging_is_denied() -> None:
    class Brittle(NoopSkills):
        def canonical(self, act: Act) -> tuple[Act, tuple[str, ...]]:
            if act.arguments.get("mark") == "bad":
                raise OSError("too many levels of symbolic links")
            return super().canonical(act)

    world = World(
        [make_proposal(mark="bad"), make_proposal(mark="good")], checks=[make_check(passes_after=1)], skills=Brittle()
    )
    await world.drive()
    assert (await examine(world)).ended == "success"
    (denied,) = await world.events(CallDenied)
    assert "too many levels" in denied.words


async def test_check_files_that_cannot_be_read_are_no_unchanged_check_files() -> None:
    world = World(checks=[make_check(passes_after=1)])
    await world.start()
    world.digest = _unreadable
    assert await world.drive() is Status.WAITING
    state = await examine(world)
    assert state.question is not None and state.question.rule == "checks_changed"
    assert "permission denied" in state.question.question


def _unreadable(state: State) -> dict[str, str]:
    raise PermissionError("test_shop.py: permission denied")


async def test_what_led_to_an_assessment_is_durable_before_it_is_asked_for() -> None:
    seen: list[list[str]] = []

    class Looks:
        async def assess(self, state: State) -> list[Risk]:
            seen.append([envelope.kind for envelope in await world.envelopes()])
            return []

    world = World(checks=[make_check(passes_after=2)], debugger=mends(1), assessors=[Looks()])
    await world.drive()
    assert (await examine(world)).ended == "success"
    assert [kinds[-1] for kinds in seen] == ["ChecksReturned", "LessonLearned"]
    assert len(await world.events(StepReviewed)) == 2
