"""Remedies for modules that are missing: what is declared first, then what really provides them; never a guess.

A name that only the text gives could be anybody's package: nothing is installed unless the project, a distribution that
is installed, or the list of well-known modules names it too.
"""

import re
from collections.abc import Sequence
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from interlock.agents.debugger.blame import PYTHONS, Drift, fitting
from interlock.agents.debugger.case import Answer, Case, Option, distinct
from interlock.agents.debugger.drift import drifted
from interlock.agents.debugger.environment import Environment, bare, version_of
from interlock.agents.debugger.requirements import declared
from interlock.core.frames import frames, import_chain
from interlock.core.plan import Act


async def provide_module(case: Case) -> Answer:
    """Install what provides a missing module; a part missing from a module that is there is a drift."""
    module = case.captures["module"].split(".")[0]
    environment = Environment(case.folder)
    if not environment.venv:
        return Answer(advice=f"module `{module}` is missing, and there is no virtual environment to install into")
    if environment.provider(module):
        involved = [frame.module for frame in frames(case.failure.output) if frame.module]
        return await drifted(Drift(case, tuple(dict.fromkeys((*involved, module)))))
    if (case.folder.root / module).is_dir() or (case.folder.root / f"{module}.py").is_file():
        return Answer(advice=f"module `{module}` is the project's own: run from its folder, or put it on the path")
    options = await _providers(case, environment, module)
    imported_by = import_chain(frames(case.failure.output))
    drift = await drifted(Drift(case, imported_by)) if imported_by else Answer()
    if not options and not drift.options:
        return Answer(
            advice=f"module `{module}` is missing, and nothing here says which package provides it; "
            "declare the package that is meant in the project's requirements"
        )
    return Answer(options=distinct((*options, *drift.options)), advice=drift.advice)


async def provide_named_package(case: Case) -> Answer:
    """Install the package that the text asks for, if an installed distribution, the project or the list knows it."""
    environment = Environment(case.folder)
    name = canonicalize_name(case.captures["package"])
    if not environment.venv:
        return Answer()
    if options := _from_declared(case, name, environment.venv) or _from_metadata(case, environment, name):
        return Answer(options=options)
    if name in {canonicalize_name(known) for known in case.modules.values()}:
        return Answer(options=(_newest(environment, name, "the error asks for it by name"),))
    return Answer(advice=f"the error asks for package `{name}`, which nothing else here knows; add it if it is meant")


async def rename_requirement(case: Case) -> Answer:
    """Replace a renamed package where it is required, if the list of well-known modules confirms the new name."""
    old, new = case.captures["old"], case.captures["new"]
    if canonicalize_name(case.modules.get(old, "")) != canonicalize_name(new):
        return Answer(advice=f"the error asks for `{new}` instead of `{old}`; replace it if you trust that name")
    for each in declared(case.folder):
        lines = case.folder.read(each.file).splitlines()
        same = [line for line in lines if re.match(rf"{re.escape(old)}\s*(?:[=<>!~;#].*)?$", line)]
        if each.name == canonicalize_name(old) and len(same) == 1 and lines.count(same[0]) == 1:
            content = case.folder.read(each.file)
            written = re.sub(rf"(?m)^{re.escape(same[0])}$", lambda _: new, content, count=1)
            return Answer(
                options=(
                    Option(
                        variant=f"replace-{canonicalize_name(old)}",
                        act=Act(skill="files.write", arguments={"path": each.file, "content": written}),
                        why=f"`{old}` was renamed: its own error says to use `{new}`, which is known to provide it",
                        expects=f"`{each.file}` installs",
                    ),
                )
            )
    return Answer()


async def _providers(case: Case, environment: Environment, module: str) -> tuple[Option, ...]:
    name = case.modules.get(module, module)
    if found := _from_declared(case, name, environment.venv):
        return found
    known = await _well_known(case, environment, module, name) if module in case.modules else ()
    return (*_from_metadata(case, environment, name), *known)


def _from_declared(case: Case, name: str, venv: str) -> tuple[Option, ...]:
    """The whole file that declares the package: what is missing beside it is missing too."""
    found = next((each for each in declared(case.folder) if each.name == canonicalize_name(name)), None)
    if found is None:
        return ()
    arguments: dict[str, Any] = {"packages": [bare(found.requirement)], "venv": venv}
    if found.file.endswith(".txt"):
        arguments["requirements"] = [found.file]
    act = Act(skill="packages.install", arguments=arguments)
    why = f"`{found.file}` declares `{bare(found.requirement)}`, and it is not installed"
    return (Option(variant=f"declared:{found.name}", act=act, why=why, expects=f"`{found.name}` is installed"),)


def _from_metadata(case: Case, environment: Environment, name: str) -> tuple[Option, ...]:
    """What the distribution that asked for the module says itself that it needs, extras included."""
    asking = [found for module in _asking(case) if (found := environment.provider(module))]
    wanted = environment.optional_requirement(name, [each.name for each in asking])
    if wanted is None:
        return ()
    owner = asking[-1].name if len(asking) == 1 else "an installed package"
    return (_install(environment, wanted, f"`{owner}` names `{bare(wanted)}` in its own metadata"),)


def _asking(case: Case) -> Sequence[str]:
    return tuple(dict.fromkeys(frame.module for frame in frames(case.failure.output) if frame.module))


def _install(environment: Environment, wanted: Requirement, why: str) -> Option:
    name = canonicalize_name(wanted.name)
    act = Act(skill="packages.install", arguments={"packages": [bare(wanted)], "venv": environment.venv})
    return Option(variant=f"provide:{name}", act=act, why=why, expects=f"`{name}` is installed")


def _newest(environment: Environment, name: str, why: str) -> Option:
    return _install(environment, Requirement(name), why)


async def _well_known(case: Case, environment: Environment, module: str, name: str) -> tuple[Option, ...]:
    """The well-known provider: newest first; where that lacks the module, as of this Python's date, then older."""
    package, python = canonicalize_name(name), PYTHONS.get(environment.python or (0, 0))
    installed = environment.distributions.get(package)
    known = f"`{package}` is well known to provide module `{module}`"
    options = [] if installed else [_newest(environment, package, known)]
    if python:
        arguments = {
            "packages": [package],
            "venv": environment.venv,
            "reinstall": True,
            "exclude_newer": python.isoformat(),
        }
        options.append(
            Option(
                variant=f"provide:{package}@{python.isoformat()}",
                act=Act(skill="packages.install", arguments=arguments),
                why=f"{known}, though its newest release may not: it is taken as of this Python's release",
                expects=f"module `{module}` can be imported",
            )
        )
    return (*options, *await _stepped_back(case, environment, module, package))


async def _stepped_back(case: Case, environment: Environment, module: str, package: str) -> tuple[Option, ...]:
    installed = environment.distributions.get(package)
    version = version_of(installed.version) if installed else None
    try:
        releases = fitting(await case.index.releases(package), environment.python) if version else ()
    except LookupError:
        releases = ()
    major = version.major if version else 0
    older = [found for each in releases if (found := version_of(each.version)) and found.major < major]
    if not older or not installed:
        return ()
    wanted = Requirement(f"{package}=={max(older)}")
    arguments = {"packages": [bare(wanted)], "venv": environment.venv, "reinstall": True}
    act = Act(skill="packages.install", arguments=arguments)
    why = f"`{package}` {installed.version} lacks module `{module}`; it is taken one major version back"
    return (Option(variant=f"provide:{bare(wanted)}", act=act, why=why, expects=f"module `{module}` can be imported"),)
