"""Changing a virtual environment with uv, step by step in the sandbox, and telling what came of it."""

import asyncio
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from interlock.core.evidence import reached_nothing
from interlock.ports import BadArguments, SkillResult
from interlock.skills import confined
from interlock.skills.interpreters import prefix_of, prefixes, usable_python
from interlock.skills.paths import Moved, unmoved
from interlock.skills.skill import Scene

_PASSED_ON = (
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL",
    "UV_NATIVE_TLS", "UV_SYSTEM_CERTS", "UV_HTTP_RETRIES", "UV_HTTP_TIMEOUT",
)  # fmt: skip


_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z)?")


class NoEnvironment(Exception):
    """The folder named as a virtual environment is something else."""


class Change(Struct, frozen=True, kw_only=True):
    """Calls of uv in order, on the environment `venv`; `{work}` in their words stands for a private folder.

    `build` bounds what is built with, `wanted` must be installed afterwards, `files` are read.
    `python` is the program on which the environment is made anew; empty leaves it on its own.
    """

    venv: str
    steps: tuple[tuple[str, ...], ...]
    build: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    python: str = ""


def check_date(date: str | None) -> None:
    """A bound on what may be taken is a date, or none. Raises BadArguments."""
    if date is not None and not _DATE.fullmatch(date):
        raise BadArguments(f"`{date[:40]}` is not a date such as 2023-09-30")


async def change(asked: Change, scene: Scene) -> SkillResult:
    """Make the environment if there is none, take the steps, and compare what is installed before and after."""
    began = time.monotonic()
    work = await asyncio.to_thread(_work_folder, scene.cache)
    try:
        await asyncio.to_thread(_look_before, asked)
        (work / "build.txt").write_text("".join(f"{line}\n" for line in asked.build))
        result = await _in_steps(asked, scene, work)
    except (Moved, NoEnvironment) as refusal:
        return SkillResult(ok=False, output=str(refusal), changed=False, usage={})
    finally:
        await asyncio.to_thread(shutil.rmtree, work, True)
    return replace(result, seconds=time.monotonic() - began)


def _look_before(asked: Change) -> None:
    for path in (asked.venv, *asked.files):
        unmoved(path)
    if Path(asked.venv).exists() and not Path(asked.venv, "pyvenv.cfg").is_file():
        raise NoEnvironment(f"`{asked.venv}` is there and no virtual environment; name another folder as `venv`")


async def _in_steps(asked: Change, scene: Scene, work: Path) -> SkillResult:
    if asked.python and (refused := await _rehearse(asked, scene, work)) is not None:
        return refused
    before = await _installed(scene, asked.venv, work) if usable_python(asked.venv) else {}
    made = None if usable_python(asked.venv) and not asked.python else await _make(asked, scene, work)
    if made is not None and not made.ok:
        return made
    result, told = await _take(asked, scene, work)
    after = await _installed(scene, asked.venv, work)
    unmet = _unmet(asked.wanted, after) if result.ok else []
    parts = (made.output if made is not None else "", *told, *unmet, *_differences(before, after))
    return replace(
        result,
        ok=result.ok and not unmet,
        output="\n".join(part.strip() for part in parts if part.strip()) + "\n",
        changed=made is not None or before != after,
        facts={"before": before, "after": after},
    )


async def _rehearse(asked: Change, scene: Scene, work: Path) -> SkillResult | None:
    """Make it beside the environment first, so that what can't be had there costs nothing; None when it can."""
    beside = replace(asked, venv=str(work / "venv"))
    made = await _make(beside, scene, work)
    result, told = await _take(beside, scene, work) if made.ok else (made, [made.output])
    return None if result.ok else replace(result, output="\n".join(told), changed=False)


async def _make(asked: Change, scene: Scene, work: Path) -> SkillResult:
    python = asked.python or _base_python()
    words = ["venv", "--clear", "--python", python, asked.venv]
    return await _uv(scene, asked.venv, work, words, (prefix_of(python),))


async def _take(asked: Change, scene: Scene, work: Path) -> tuple[SkillResult, list[str]]:
    told: list[str] = []
    result = SkillResult(ok=True)
    for pip, verb, *rest in asked.steps:
        bounded = ("--build-constraint", "{work}/build.txt") if asked.build and verb != "uninstall" else ()
        words = (pip, verb, "--python", f"{asked.venv}/bin/python", *bounded, *rest)
        result = await _uv(scene, asked.venv, work, [word.replace("{work}", str(work)) for word in words])
        told.append(result.output)
        if not result.ok:
            break
    return result, told


async def _uv(scene: Scene, venv: str, work: Path, words: Sequence[str], shown: tuple[str, ...] = ()) -> SkillResult:
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
        readable=(*prefixes(venv), *shown, *_certificates(env)),
        writable=(str(cache), str(work), *outside),
        network=True,
    )
    result = await confined.run(program, scene)
    if result.ok or result.ended != "exited" or not reached_nothing(result.output):
        return result
    offline = await confined.run(replace(program, argv=[uv, "--offline", *words]), scene)
    return offline if offline.ok else result


async def _installed(scene: Scene, venv: str, work: Path) -> dict[str, str]:
    unheard = replace(scene, around=replace(scene.around, on_output=None))
    listed = await _uv(unheard, venv, work, ["pip", "list", "--python", f"{venv}/bin/python", "--format", "json", "-q"])
    try:
        found = msgspec.json.decode(listed.output.strip() or "[]", type=list[dict[str, Any]])
    except msgspec.DecodeError:
        return {}
    return {canonicalize_name(entry["name"]): str(entry["version"]) for entry in found}


def _unmet(wanted: Sequence[str], installed: Mapping[str, str]) -> list[str]:
    """What was asked for and is not there, or in another version."""
    missing = []
    for requirement in map(Requirement, wanted):
        if requirement.marker is not None:  # it speaks of the environment's Python, which is not ours
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


def _certificates(env: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(env[name] for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if name in env and Path(env[name]).exists())


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path.resolve()


def _work_folder(cache: Path) -> Path:
    return Path(tempfile.mkdtemp(dir=_folder(cache / "work"))).resolve()
