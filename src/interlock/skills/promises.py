"""Acts that change what a person asked for: another interpreter, another release than the one they pinned.

They are skills of their own, so that a policy, a prohibition or a question can name them apart from plain installing.
"""

import asyncio
import re
from typing import Any

from msgspec.structs import replace
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from interlock.core.plan import Effects, Workspace
from interlock.ports import BadArguments, SkillResult
from interlock.skills import files
from interlock.skills.installing import Change, change, check_date
from interlock.skills.interpreters import present, present_python
from interlock.skills.paths import Moved, canonical
from interlock.skills.skill import Arguments, Scene, Skill


class Rebuild(Arguments, frozen=True, kw_only=True):
    """`python` is the version of an interpreter that is present, such as `3.9`; `requirements` are files.

    `exclude_newer` is a date: nothing published later is taken.
    """

    python: str
    requirements: tuple[str, ...]
    exclude_newer: str | None = None
    venv: str = ".venv"


class RaisePin(Arguments, frozen=True, kw_only=True):
    """`old` is a pin as it is written in `file`, where it stands once; `new` pins the same package elsewhere."""

    file: str
    old: str
    new: str
    venv: str = ".venv"


def settle_rebuild(arguments: Rebuild, workspace: Workspace) -> Rebuild:
    """With real paths; an interpreter that is not here is refused, since none is downloaded. Raises BadArguments."""
    if not arguments.requirements:
        raise BadArguments("nothing to rebuild from; name a file of requirements")
    check_date(arguments.exclude_newer)
    if present_python(arguments.python) is None:
        here = ", ".join(each.minor for each in present())
        raise BadArguments(f"Python `{arguments.python[:20]}` is not on this machine; there is {here or 'none'}")
    return replace(
        arguments,
        requirements=tuple(canonical(path, workspace) for path in arguments.requirements),
        venv=canonical(arguments.venv, workspace),
    )


def settle_raise_pin(arguments: RaisePin, workspace: Workspace) -> RaisePin:
    """With real paths; both must pin one and the same package. Raises BadArguments."""
    old, new = _pin(arguments.old), _pin(arguments.new)
    if canonicalize_name(old.name) != canonicalize_name(new.name):
        raise BadArguments(f"`{arguments.old[:80]}` and `{arguments.new[:80]}` are different packages")
    return replace(arguments, file=canonical(arguments.file, workspace), venv=canonical(arguments.venv, workspace))


async def rebuild(arguments: Rebuild, scene: Scene) -> SkillResult:
    """The environment made anew on the other interpreter, once it is seen that all can be installed there."""
    python = present_python(arguments.python)
    if python is None:
        return SkillResult(ok=False, output=f"Python {arguments.python} is gone", changed=False, usage={})
    dated = ("--exclude-newer", arguments.exclude_newer) if arguments.exclude_newer is not None else ()
    words = (*dated, *(word for path in arguments.requirements for word in ("-r", path)))
    asked = Change(
        venv=arguments.venv, steps=(("pip", "install", *words),), files=arguments.requirements, python=python.path
    )
    return await change(asked, scene)


async def raise_pin(arguments: RaisePin, scene: Scene) -> SkillResult:
    """The line first, then what it asks for; a line whose release can't be installed is put back."""
    patch = files.Patch(path=arguments.file, old=arguments.old, new=arguments.new)
    try:
        _, written = await asyncio.to_thread(files.patch, patch)
    except (files.Refused, Moved, OSError) as problem:
        return SkillResult(ok=False, output=str(problem), changed=False, usage={})
    words = ("-r", arguments.file) if arguments.file.endswith((".txt", ".in")) else ("--", arguments.new)
    asked = Change(
        venv=arguments.venv,
        steps=(("pip", "install", *words),),
        wanted=(arguments.new,),
        files=(arguments.file,),
    )
    result = await change(asked, scene)
    if not result.ok:
        back = replace(patch, old=patch.new, new=patch.old)
        await asyncio.to_thread(files.patch, back)
        return result
    return replace(result, changed=result.changed or written)


def _pin(said: str) -> Requirement:
    try:
        requirement = Requirement(said)
    except InvalidRequirement as error:
        raise BadArguments(f"`{said[:80]}` is not a requirement such as `werkzeug==2.3.8`") from error
    if requirement.url is not None or not re.fullmatch(r"===?[^*,]+", str(requirement.specifier)):
        raise BadArguments(f"`{said[:80]}` pins no release; name one, as in `werkzeug==2.3.8`")
    return requirement


CHANGES = Effects(writes=True, network=True, idempotent=True)

PROMISES: tuple[Skill[Any], ...] = (
    Skill(
        name="packages.rebuild",
        summary="make a virtual environment anew on another Python that is present",
        arguments=Rebuild,
        effects=CHANGES,
        settle=settle_rebuild,
        paths=lambda arguments: (arguments.venv, *arguments.requirements),
        perform=rebuild,
        network=True,
    ),
    Skill(
        name="packages.raise_pin",
        summary="pin another release of a package where it is required, and install it",
        arguments=RaisePin,
        effects=CHANGES,
        settle=settle_raise_pin,
        paths=lambda arguments: (arguments.venv, arguments.file),
        perform=raise_pin,
        network=True,
    ),
)
