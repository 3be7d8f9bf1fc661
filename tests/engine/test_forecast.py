"""The forecast to run past the ask line: a finding of the post-step hooks, made once a session."""

from msgspec.structs import replace

from interlock.core.budget import Limits
from interlock.core.events import StepReviewed
from interlock.core.views.timeline import timeline
from interlock.testing import make_check, make_proposal
from world import World, mends

USD = 1_000_000
PATIENT = Limits(max_retries=9, stall_limit=50, broken_limit=50)


async def driven(ask_line: int) -> World:
    """A session of six turns that cost a dollar each."""
    a_dollar = {"worst": USD, "usage": {"minute": 1}}
    world = World(
        [make_proposal(**a_dollar)],
        checks=[make_check(passes_after=6)],
        debugger=mends(9, **a_dollar),
        prices={"minute": USD},
        limits=replace(PATIENT, ask_line=ask_line, cap=90 * USD),
    )
    await world.drive()
    return world


async def foreseen(world: World) -> list[int]:
    return [event.forecast for event in await world.events(StepReviewed)]


async def test_it_is_foreseen_once_before_the_line_is_reached_and_said_in_the_timeline():
    world = await driven(6 * USD)
    assert await foreseen(world) == [0, 0, 0, 7 * USD, 0, 0]
    said = [row.words for row in timeline(await world.envelopes()) if "past the ask line" in row.words]
    assert len(said) == 1
    assert said[0].endswith("; at this pace $7.00 are spent 3 turns on, past the ask line")


async def test_where_the_line_is_far_nothing_is_foreseen():
    assert await foreseen(await driven(60 * USD)) == [0] * 6
