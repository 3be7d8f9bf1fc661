"""Looking: an act that does nothing, so that a turn's checks tell how things stand."""

import asyncio
import contextlib
from typing import Any

from interlock.core.plan import Effects, Workspace
from interlock.ports import BadArguments, SkillResult
from interlock.skills.skill import Arguments, Scene, Skill

LONGEST = 60.0


class Look(Arguments, frozen=True, kw_only=True):
    """`wait` is how many seconds to let pass first, for what needs its time."""

    wait: float | None = None


def settle(arguments: Look, workspace: Workspace) -> Look:
    """Within bounds. Raises BadArguments."""
    if arguments.wait is not None and not 0 <= arguments.wait <= LONGEST:
        raise BadArguments(f"`wait` is {arguments.wait:g}; choose from 0 to {LONGEST:g} seconds")
    return arguments


async def look(arguments: Look, scene: Scene) -> SkillResult:
    """Change nothing; the checks that follow do the looking. A stop ends the waiting."""
    if arguments.wait and scene.around.stop is not None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(scene.around.stop.wait(), arguments.wait)
    elif arguments.wait:
        await asyncio.sleep(arguments.wait)
    return SkillResult(ok=True, output="", changed=False, seconds=arguments.wait or 0.0, usage={})


LOOK: tuple[Skill[Any], ...] = (
    Skill(
        name="checks.look",
        summary="change nothing and see what the checks say",
        arguments=Look,
        effects=Effects(idempotent=True),
        settle=settle,
        perform=look,
    ),
)
