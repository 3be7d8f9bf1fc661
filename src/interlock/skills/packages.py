"""Python packages of a virtual environment, by uv: installed, verified, told apart from what was there before."""

import asyncio
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from interlock.core.plan import Effects, Workspace
from interlock.core.policy import Quote
from interlock.ports import BadArguments, SkillResult
from interlock.skills import confined
from interlock.skills.interpreters import prefixes, usable_python
from interlock.skills.paths import Moved, canonical, unmoved
from interlock.skills.skill import Arguments, Scene, Skill

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z)?")
_UNREACHABLE = re.compile(
    r"dns error|error sending request|tcp connect error|Temporary failure in name resolution|Failed to fetch"
    r"|Network is unreachable|client error \(Connect\)|operation timed out",
    re.IGNORECASE,
)
_PASSED_ON = (
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL",
    "UV_NATIVE_TLS", "UV_SYSTEM_CERTS",
)  # fmt: skip


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
    words = ["pip", "install", *_bounds(arguments.exclude_newer)]
    if arguments.reinstall or arguments.exclude_newer is not None:
        words.append("--reinstall")
    files = [word for path in arguments.requirements for word in ("-r", path)]
    steps = [[*words, *files, "--", *arguments.packages]] if arguments.packages else [[*words, *files]]
    return await _change(scene, arguments.venv, steps, arguments.build, arguments.packages, arguments.requirements)


async def sync(arguments: Sync, scene: Scene) -> SkillResult:
    """Resolve first and install exactly that: the only way in which a date holds for what is installed already."""
    resolved = f"{{work}}/{Path(arguments.requirements[0]).stem}.txt"
    bounds = _bounds(arguments.exclude_newer)
    compile_ = ["pip", "compile", "--quiet", "--no-header", *bounds, *arguments.requirements, "-o", resolved]
    apply = ["pip", "sync", resolved] if arguments.exact else ["pip", "install", "-r", resolved]
    return await _change(
        scene, arguments.venv, [compile_, [*apply, *bounds]], arguments.build, (), arguments.requirements
    )


async def uninstall(arguments: Uninstall, scene: Scene) -> SkillResult:
    """Take packages out."""
    return await _change(scene, arguments.venv, [["pip", "uninstall", "--", *arguments.packages]], (), (), ())


async def _change(
    scene: Scene,
    venv: str,
    steps: Sequence[Sequence[str]],
    build: Sequence[str],
    wanted: Sequence[str],
    files: Sequence[str],
) -> SkillResult:
    work = await asyncio.to_thread(_work_folder, scene.cache)
    try:
        for path in (venv, *files):
            unmoved(path)
        (work / "build.txt").write_text("".join(f"{line}\n" for line in build))
        bounded = ("--build-constraint", str(work / "build.txt")) if build else ()
        return await _in_steps(scene, venv, work, steps, bounded, wanted)
    except Moved as moved:
        return SkillResult(ok=False, output=str(moved), changed=False, usage={})
    finally:
        shutil.rmtree(work, ignore_errors=True)


async def _in_steps(
    scene: Scene,
    venv: str,
    work: Path,
    steps: Sequence[Sequence[str]],
    bounded: Sequence[str],
    wanted: Sequence[str],
) -> SkillResult:
    made = (
        None
        if usable_python(venv)
        else await _uv(scene, venv, work, ["venv", "--clear", "--python", _base_python(), venv])
    )
    if made is not None and not made.ok:
        return made
    before = await _installed(scene, venv, work)
    told = [made.output] if made is not None else []
    result = SkillResult(ok=True)
    for step in steps:
        fitting = () if step[1] in ("uninstall",) else bounded
        words = [*step[:2], "--python", f"{venv}/bin/python", *fitting, *step[2:]]
        result = await _uv(scene, venv, work, [word.replace("{work}", str(work)) for word in words])
        told.append(result.output)
        if not result.ok:
            break
    after = await _installed(scene, venv, work)
    unmet = _unmet(wanted, after) if result.ok else []
    told += [*unmet, *_differences(before, after)]
    return replace(
        result,
        ok=result.ok and not unmet,
        output="\n".join(part.strip() for part in told if part.strip()) + "\n",
        changed=made is not None or before != after,
        facts={"before": before, "after": after},
    )


async def _uv(scene: Scene, venv: str, work: Path, words: Sequence[str]) -> SkillResult:
    if (uv := confined.find_uv()) is None:
        return SkillResult(ok=False, output="uv is not installed; install it with `pip install uv`", changed=False)
    cache = _folder(scene.cache / "uv")
    env = {
        **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        "UV_CACHE_DIR": str(cache),
        "UV_LINK_MODE": "copy",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_PROGRESS": "1",
    }
    outside = () if Path(venv).is_relative_to(scene.workspace.root) else (str(Path(venv).parent),)
    program = confined.Program(
        argv=[uv, *words],
        cwd=scene.workspace.root,
        env=env,
        readable=(*prefixes(venv), *_certificates(env)),
        writable=(str(cache), str(work), *outside),
        network=True,
    )
    result = await confined.run(program, scene)
    if result.ok or result.ended != "exited" or not _UNREACHABLE.search(result.output):
        return result
    offline = await confined.run(replace(program, argv=[uv, "--offline", *words]), scene)
    return offline if offline.ok else result


async def _installed(scene: Scene, venv: str, work: Path) -> dict[str, str]:
    listed = await _uv(scene, venv, work, ["pip", "list", "--python", f"{venv}/bin/python", "--format", "json", "-q"])
    try:
        found = msgspec.json.decode(listed.output.strip() or "[]", type=list[dict[str, Any]])
    except msgspec.DecodeError:
        return {}
    return {canonicalize_name(entry["name"]): str(entry["version"]) for entry in found}


def _unmet(wanted: Sequence[str], installed: Mapping[str, str]) -> list[str]:
    """What was asked for and is not there, or in another version."""
    missing = []
    for requirement in map(Requirement, wanted):
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        version = installed.get(canonicalize_name(requirement.name))
        if version is None or not _fits(requirement, version):
            missing.append(f"asked for `{requirement}`, installed is {version or 'nothing'}")
    return missing


def _fits(requirement: Requirement, version: str) -> bool:
    try:
        return requirement.specifier.contains(Version(version), prereleases=True)
    except InvalidVersion:
        return True


def _differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    changed = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
    lines = [f"{name}: {before.get(name, 'absent')} → {after.get(name, 'absent')}" for name in changed]
    return lines or ["no installed version changed"]


def _base_python() -> str:
    return str(Path(sys.base_prefix, "bin", "python3"))


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
    if date is not None and not _DATE.fullmatch(date):
        raise BadArguments(f"`{date[:40]}` is not a date such as 2023-09-30")


def _bounds(date: str | None) -> tuple[str, ...]:
    return ("--exclude-newer", date) if date is not None else ()


def _certificates(env: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(env[name] for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if name in env and Path(env[name]).exists())


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path.resolve()


def _work_folder(cache: Path) -> Path:
    return Path(tempfile.mkdtemp(dir=_folder(cache / "work"))).resolve()


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
)
