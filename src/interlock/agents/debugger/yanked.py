"""A remedy for a pinned release that was taken back by those who published it: the next one that repairs it."""

from packaging.utils import canonicalize_name
from packaging.version import Version

from interlock.agents.debugger.blame import fitting
from interlock.agents.debugger.case import Answer, Case, Option
from interlock.agents.debugger.environment import Environment, version_of
from interlock.agents.debugger.promises import as_written
from interlock.agents.debugger.requirements import declared
from interlock.core.catalog import render
from interlock.core.plan import Act


async def next_repair(case: Case) -> Answer:
    """Pin the next release of the same minor version: it differs by repairs alone. Else it is the person's choice."""
    advice = str(render(case.match.entry.advice, case.captures))
    name, pinned = canonicalize_name(case.captures["package"]), version_of(case.captures["version"])
    environment = Environment(case.folder)
    asked = next((each for each in declared(case.folder) if each.name == name and version_of(each.pin) == pinned), None)
    written = as_written(asked, case.folder.read(asked.file)) if asked else ""
    if asked is None or pinned is None or not written or not environment.venv:
        return Answer(advice=advice)
    try:
        releases = fitting(await case.index.releases(name), environment.python)
    except LookupError as problem:
        return Answer(advice=f"{advice}; the package index does not answer ({problem})")
    later = [Version(each.version) for each in releases if _repairs(Version(each.version), pinned)]
    if not later:
        return Answer(advice=advice)
    new = written.replace(asked.pin, str(min(later)))
    act = Act(
        skill="packages.raise_pin",
        arguments={"file": asked.file, "old": written, "new": new, "venv": environment.venv},
    )
    option = Option(
        variant=f"raise:{name}=={min(later)}",
        act=act,
        why=f"`{written}` was taken back by those who published it; {min(later)} is the next of its repairs",
        expects=f"`{new}` is not taken back",
        promise=f"`{written}` in `{asked.file}` becomes `{new}`",
    )
    return Answer(options=(option,), advice=advice)


def _repairs(other: Version, pinned: Version) -> bool:
    return other > pinned and other.release[:2] == pinned.release[:2]
