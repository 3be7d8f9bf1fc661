"""Looking: an act that does nothing, so that a turn's checks tell how things stand."""

from typing import Any

from interlock.core.plan import Effects
from interlock.ports import SkillResult
from interlock.skills.skill import Arguments, Scene, Skill


class Look(Arguments, frozen=True, kw_only=True):
    """Nothing to say."""


async def look(arguments: Look, scene: Scene) -> SkillResult:
    """Change nothing; the checks that follow do the looking."""
    return SkillResult(ok=True, output="", changed=False, usage={})


LOOK: tuple[Skill[Any], ...] = (
    Skill(
        name="checks.look",
        summary="change nothing and see what the checks say",
        arguments=Look,
        effects=Effects(idempotent=True),
        perform=look,
    ),
)
