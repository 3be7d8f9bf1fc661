"""Python packages of a virtual environment, by uv: installed, verified, told apart from what was there before."""

import re
from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace
from packaging.requirements import InvalidRequirement, Requirement

from interlock.core.plan import Effects, Workspace
from interlock.core.policy import Quote
from interlock.ports import BadArguments, SkillResult
from interlock.skills.installing import Change, change, check_date
from interlock.skills.paths import canonical
from interlock.skills.promises import PROMISES
from interlock.skills.skill import Arguments, Scene, Skill


class Install(Arguments, frozen=True, kw_only=True):
    """`packages` are requirements such as `werkzeug<3`; `exclude_newer` is a date: nothing published later is taken.

    `requirements` are files of requirements, `build` bounds what packages are built with.
    """

    packages: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    exclude_newer: str | None = None
    reinstall: bool = False
    build: tuple[str, ...] = ()
    venv: str = ".venv"


class Sync(Arguments, frozen=True, kw_only=True):
    """`requirements` are files, resolved anew and installed as resolved; `exact` removes whatever they do not need."""

    requirements: tuple[str, ...]
    exclude_newer: str | None = None
    build: tuple[str, ...] = ()
    exact: bool = False
    venv: str = ".venv"


class Uninstall(Arguments, frozen=True, kw_only=True):
    """`packages` are names."""

    packages: tuple[str, ...]
    venv: str = ".venv"


def settle_install(arguments: Install, workspace: Workspace) -> Install:
    """With real paths; packages come from the index alone. Raises BadArguments."""
    _require(arguments.packages or arguments.requirements, "name packages or files of requirements")
    _check_words((*arguments.packages, *arguments.build), arguments.exclude_newer)
    return replace(
        arguments,
        requirements=tuple(canonical(path, workspace) for path in arguments.requirements),
        venv=canonical(arguments.venv, workspace),
    )


def settle_sync(arguments: Sync, workspace: Workspace) -> Sync:
    """With real paths. Raises BadArguments."""
    _require(arguments.requirements, "name a file of requirements")
    _check_words(arguments.build, arguments.exclude_newer)
    return replace(
        arguments,
        requirements=tuple(canonical(path, workspace) for path in arguments.requirements),
        venv=canonical(arguments.venv, workspace),
    )


def settle_uninstall(arguments: Uninstall, workspace: Workspace) -> Uninstall:
    """With the real path; names alone. Raises BadArguments."""
    _require(arguments.packages, "name the packages")
    if wrong := next((name for name in arguments.packages if not re.fullmatch(r"\w[\w.-]*", name, re.ASCII)), None):
        raise BadArguments(f"`{wrong[:80]}` is not the name of a package")
    return replace(arguments, venv=canonical(arguments.venv, workspace))


def quote(arguments: Any, workspace: Workspace) -> Quote:
    """The environment alone changes, and can be made again."""
    return Quote(effects=Effects(writes=True, network=True, idempotent=True), network=True)


async def install(arguments: Install, scene: Scene) -> SkillResult:
    """Install, and see that what was asked for is what is there now.

    A date without a fresh start would keep the version that drifted, so it implies installing anew.
    """
    anew = ("--reinstall",) if arguments.reinstall or arguments.exclude_newer is not None else ()
    files = (word for path in arguments.requirements for word in ("-r", path))
    named = ("--", *arguments.packages) if arguments.packages else ()
    return await change(
        Change(
            venv=arguments.venv,
            steps=(("pip", "install", *_bounds(arguments.exclude_newer), *anew, *files, *named),),
            build=arguments.build,
            wanted=arguments.packages,
            files=arguments.requirements,
        ),
        scene,
    )


async def sync(arguments: Sync, scene: Scene) -> SkillResult:
    """Resolve first and install exactly that: the only way in which a date holds for what is installed already."""
    resolved = "{work}/resolved.txt"
    bounds = _bounds(arguments.exclude_newer)
    resolve = ("pip", "compile", "--quiet", "--no-header", *bounds, *arguments.requirements, "-o", resolved)
    apply = ("pip", "sync", resolved) if arguments.exact else ("pip", "install", "-r", resolved)
    return await change(
        Change(
            venv=arguments.venv,
            steps=(resolve, (*apply, *bounds)),
            build=arguments.build,
            files=arguments.requirements,
        ),
        scene,
    )


async def uninstall(arguments: Uninstall, scene: Scene) -> SkillResult:
    """Take packages out."""
    return await change(Change(venv=arguments.venv, steps=(("pip", "uninstall", "--", *arguments.packages),)), scene)


def _require(given: object, words: str) -> None:
    if not given:
        raise BadArguments(f"nothing to do; {words}")


def _check_words(requirements: Sequence[str], date: str | None) -> None:
    for said in requirements:
        try:
            requirement = Requirement(said)
        except InvalidRequirement as error:
            raise BadArguments(f"`{said[:80]}` is not a requirement such as `werkzeug<3`") from error
        if requirement.url is not None:
            raise BadArguments(f"`{said[:80]}` names an address; packages come from the index")
    check_date(date)


def _bounds(date: str | None) -> tuple[str, ...]:
    return ("--exclude-newer", date) if date is not None else ()


def _paths(arguments: Install | Sync) -> tuple[str, ...]:
    return (arguments.venv, *arguments.requirements)


ENVIRONMENT = Effects(writes=True, network=True, idempotent=True)

PACKAGES: tuple[Skill[Any], ...] = (
    Skill(
        name="packages.install",
        summary="install Python packages into a virtual environment",
        arguments=Install,
        effects=ENVIRONMENT,
        settle=settle_install,
        paths=_paths,
        quote=quote,
        perform=install,
        network=True,
    ),
    Skill(
        name="packages.sync",
        summary="resolve files of requirements anew and install what was resolved",
        arguments=Sync,
        effects=ENVIRONMENT,
        settle=settle_sync,
        paths=_paths,
        quote=quote,
        perform=sync,
        network=True,
    ),
    Skill(
        name="packages.uninstall",
        summary="take Python packages out of a virtual environment",
        arguments=Uninstall,
        effects=ENVIRONMENT,
        settle=settle_uninstall,
        paths=lambda arguments: (arguments.venv,),
        quote=quote,
        perform=uninstall,
        network=True,
    ),
    *PROMISES,
)
