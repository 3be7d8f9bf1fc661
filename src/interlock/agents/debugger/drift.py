"""Remedies for packages that drifted apart: pipelines over time and versions, in the order of their evidence.

Nothing here knows a package. Which pair broke is read from the traceback and from the metadata of what is installed.
What changes a promise (the interpreter, a pin) comes last.
"""

from collections.abc import Sequence
from datetime import date

from packaging.version import Version

from interlock.agents.debugger.blame import PYTHONS, Drift, day_of, days_of, fitting, published, seconds_of
from interlock.agents.debugger.case import Answer, Case, Option, distinct
from interlock.agents.debugger.environment import Environment, bare, version_of
from interlock.agents.debugger.promises import breaks_with_python, older_python, raised_pin
from interlock.agents.debugger.requirements import Declared, declared
from interlock.core.fingerprint import blamed, blames_python, parties
from interlock.core.plan import Act
from interlock.core.release import Release

BACKEND = "setuptools"  # the one that builds what names no backend (PEP 517)


async def step_through_time(case: Case) -> Answer:
    """As of the pin's date, as of the interpreter's, below the suspect's major version, one release back."""
    text = case.failure.output
    return await drifted(Drift(case, parties(text) or tuple(filter(None, (blamed(text),)))))


# What a release of the backend no longer takes, by its own history of changes.
_DROPPED = {"use_2to3 is invalid": "58"}


async def older_build_backend(case: Case) -> Answer:
    """Build with the backend of this interpreter's time, when today's no longer builds what is old."""
    environment = Environment(case.folder)
    python = PYTHONS.get(environment.python or (0, 0))
    files = list(dict.fromkeys(each.file for each in declared(case.folder) if each.file.endswith(".txt")))
    try:
        releases = fitting(await case.index.releases(BACKEND), None) if python and files else ()
    except LookupError as problem:
        return Answer(advice=f"the package index does not answer ({problem}), so no older `{BACKEND}` can be chosen")
    older = [each for each in releases if python and each.uploaded < seconds_of(python)]
    dropped = next((bound for said, bound in _DROPPED.items() if said in case.failure.output), "")
    wanted = {f"{BACKEND}<{dropped}": f"the last before {dropped}, which dropped it"} if dropped else {}
    wanted |= {f"{BACKEND}=={older[-1].version}": "of this Python's time"} if older else {}
    return Answer(
        options=tuple(
            Option(
                variant=f"build-with:{backend}",
                act=Act(
                    skill="packages.install",
                    arguments={"requirements": files, "build": [backend], "venv": environment.venv},
                ),
                why=f"today's `{BACKEND}` refuses what the setup asks for; `{backend}` is {what}",
                expects="the package builds",
            )
            for backend, what in (wanted.items() if files else ())
        )
    )


async def drifted(drift: Drift) -> Answer:
    """The options against a drift, best evidence first. An index that does not answer costs those that need dates."""
    if drift.suspect is None or not drift.environment.venv:
        return Answer()
    text = drift.case.failure.output
    alone = drift.suspect_is_pinned and len(drift.involved) == 1 and (blames_python(text) or breaks_with_python(drift))
    advice = _own_pin(drift) if alone else ""
    try:
        keeping = () if alone else (*await _as_of(drift), *await _older_suspect(drift))
        released = await published(drift, drift.suspect.name, drift.suspect.version)
        newest_pin = max(await days_of(drift), default=None)
        last = (*older_python(drift, released, newest_pin), *await raised_pin(drift))
        return Answer(options=distinct((*keeping, *last)), advice=advice)
    except LookupError as problem:
        keeping = () if alone else (*_of_this_python(drift, None), *_below_major(drift, ()))
        return Answer(
            options=(*keeping, *older_python(drift, 0.0, None)),
            advice=f"{advice}{'; ' if advice else ''}the package index does not answer ({problem}), "
            "so remedies that need it are missing here",
        )


async def _as_of(drift: Drift) -> list[Option]:
    """As of the pin that the import ran through (its tree alone), of the interpreter, of the newest pin (all of it)."""
    options: list[Option] = []
    asked = drift.asked
    own = await day_of(drift, asked) if asked else None
    if asked and own and not _stands_alone(drift, asked):
        options.append(_dated(drift, [asked], own, f"when `{bare(asked.requirement)}` was released"))
    options += _of_this_python(drift, own)
    days = await days_of(drift)
    main = [each for each in drift.declared if days and each.file == (asked or drift.declared[0]).file]
    if days and (len(main) > 1 or (len(days) > 1 and max(days) != own)):
        options.append(_dated(drift, main, max(days), "when the newest pin was released"))
    return options


def _stands_alone(drift: Drift, asked: Declared) -> bool:
    """A pinned package that needs no other is the same on every day."""
    found = drift.environment.distributions.get(asked.name)
    return found is not None and not any(drift.environment.needs(found))


def _of_this_python(drift: Drift, own: date | None) -> tuple[Option, ...]:
    """As of the interpreter's release, when that is later than the pin: what is older may not know this Python."""
    python = PYTHONS.get(drift.environment.python or (0, 0))
    if drift.asked is None or python is None or (own is not None and own >= python):
        return ()
    if drift.asked.pin and _stands_alone(drift, drift.asked):
        return ()
    return (_dated(drift, [drift.asked], python, "when this Python was released"),)


def _dated(drift: Drift, wanted: Sequence[Declared], until: date, when: str) -> Option:
    names = wanted[0].name if len(wanted) == 1 else "all"
    return Option(
        variant=f"as-of:{names}@{until.isoformat()}",
        act=drift.install([bare(each.requirement) for each in wanted], until=until),
        why=f"what was installed is newer than what worked together: the packages are taken as of {until}, {when}",
        expects="the import succeeds with the releases of that day",
    )


async def _older_suspect(drift: Drift) -> tuple[Option, ...]:
    """Below the suspect's major version, then one release back; never against a version that a person pinned."""
    suspect = drift.suspect
    if suspect is None or drift.suspect_is_pinned:
        return ()
    releases = fitting(await drift.case.index.releases(suspect.name), drift.environment.python)
    return (*_below_major(drift, releases), *_one_back(drift, releases))


def _below_major(drift: Drift, releases: Sequence[Release]) -> tuple[Option, ...]:
    suspect = drift.suspect
    version = version_of(suspect.version) if suspect else None
    if suspect is None or version is None or drift.suspect_is_pinned:
        return ()
    bound = f"{version.major}" if version.major else f"0.{version.minor}"
    older = [each for each in releases if (found := version_of(each.version)) and found < Version(bound)]
    if (releases and not older) or bound == "0.0":
        return ()
    return (_constrained(drift, f"{suspect.name}<{bound}", f"before its version {bound}"),)


def _one_back(drift: Drift, releases: Sequence[Release]) -> tuple[Option, ...]:
    suspect = drift.suspect
    version = version_of(suspect.version) if suspect else None
    older = [found for each in releases if (found := version_of(each.version)) and version and found < version]
    if suspect is None or not older:
        return ()
    return (_constrained(drift, f"{suspect.name}=={max(older)}", f"one release back, at {max(older)}"),)


def _constrained(drift: Drift, constraint: str, where: str) -> Option:
    wanted = [bare(drift.asked.requirement)] if drift.asked else []
    return Option(
        variant=f"older:{constraint}",
        act=drift.install([*wanted, constraint]),
        why=f"the error blames `{constraint.partition('<')[0].partition('=')[0]}`; it is taken {where}",
        expects="the import succeeds with the older release",
    )


def _own_pin(drift: Drift) -> str:
    asked = next(each for each in drift.declared if drift.suspect and each.name == drift.suspect.name)
    python = ".".join(str(part) for part in drift.environment.python or ())
    return (
        f"`{bare(asked.requirement)}` (pinned in `{asked.file}`) does not work on Python {python}: "
        "raise the pin or use an older Python; both change what you asked for, so they are yours to decide"
    )
