"""Remedies for a virtual environment that is gone, was moved, or never was there: made from what is declared."""

from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from interlock.agents.debugger.case import Answer, Case, Option
from interlock.agents.debugger.environment import Environment, bare
from interlock.agents.debugger.requirements import declared, for_testing
from interlock.core.catalog import render
from interlock.core.plan import Act


async def rebuild_environment(case: Case) -> Answer:
    """Make the virtual environment again from what the project declares: installing into one that is gone makes it.

    Where only its scripts name an interpreter that is gone, the folder was moved: what owns them is installed anew.
    """
    venv = case.captures["venv"]
    gone = not (case.folder.root / venv / "bin" / "python").exists()
    moved = "" if gone else _moved_script(case)
    wanted = _everything(case, venv)
    if moved and (owner := _owner(case, venv, moved)):
        wanted["packages"] = [*wanted.get("packages", []), owner]
    if gone and not wanted:
        return Answer(advice=f"`{venv}` has no interpreter that runs, and nothing here declares what belongs into it")
    if not wanted or not case.folder.relative(venv) or not (gone or moved):
        return Answer()
    what = (
        f"`{venv}` has no interpreter that runs" if gone else f"`{venv}` was moved: its scripts name one that is gone"
    )
    act = Act(skill="packages.install", arguments={**wanted, "venv": venv, **({"reinstall": True} if moved else {})})
    why = f"{what}; it is made again, with all that is declared"
    return Answer(options=(Option(variant=f"rebuild:{venv}", act=act, why=why, expects=f"`{venv}/bin/python` starts"),))


async def provide_environment(case: Case) -> Answer:
    """Make `.venv` with what is declared, and pip: its programs come first, so nothing is installed elsewhere."""
    advice = str(render(case.match.entry.advice, case.captures))
    venv = ".venv"
    if Environment(case.folder).venv or not case.folder.holds(f"absent: {venv}"):
        return Answer(advice=advice)
    wanted = _everything(case, venv)
    act = Act(
        skill="packages.install", arguments={**wanted, "packages": [*wanted.get("packages", []), "pip"], "venv": venv}
    )
    why = f"an environment of the project's own, `{venv}`, takes its packages; the system's Python stays as it is"
    return Answer(
        options=(Option(variant=f"make:{venv}", act=act, why=why, expects="packages go into it"),), advice=advice
    )


def _everything(case: Case, venv: str) -> dict[str, Any]:
    """What the project declares for its tests, as `packages.install` takes it; empty when that is nothing."""
    everything = for_testing(declared(case.folder))
    files = list(dict.fromkeys(each.file for each in everything if each.file.endswith(".txt")))
    compiled = (".txt", ".in") if files else ()
    named = [each for each in everything if not each.file.endswith(compiled) and each.requirement.url is None]
    packages = [
        *dict.fromkeys(bare(each.requirement) for each in named),
        *(name for name in _run_by_checks(case, venv) if name not in {each.name for each in everything}),
    ]
    return {name: said for name, said in (("requirements", files), ("packages", packages)) if said}


def _moved_script(case: Case) -> str:
    """The script in the environment that the failure names, if its first line leads nowhere."""
    name = case.captures.get("tool", "")
    program = case.folder.start(f"{case.captures['venv']}/bin/{name}").removeprefix("#!").split(" ")[0] if name else ""
    return name if program.startswith("/") and not Path(program).exists() else ""


def _owner(case: Case, venv: str, script: str) -> str:
    """The installed distribution that brought the script, unless the project declares it anyway."""
    names = {each.name for each in declared(case.folder)}
    installed = Environment(case.folder).distributions.values()
    return next((each.name for each in installed if each.owns(f"bin/{script}") and each.name not in names), "")


def _run_by_checks(case: Case, venv: str) -> tuple[str, ...]:
    """Well-known packages that the checks run by name (`.venv/bin/python -m pytest`)."""
    argvs = (check.act.arguments.get("argv", ()) for check in case.workspace.checks)
    modules = (
        argv[2] for argv in argvs if len(argv) > 2 and argv[0].endswith(f"{venv}/bin/python") and argv[1] == "-m"
    )
    return tuple(dict.fromkeys(canonicalize_name(case.modules[name]) for name in modules if name in case.modules))
