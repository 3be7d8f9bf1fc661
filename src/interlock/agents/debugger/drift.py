"""Remedies for packages that drifted apart: pipelines over time and versions, in the order of their evidence.

Nothing here knows a package. Which pair broke is read from the traceback and from the metadata of what is installed.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from interlock.agents.debugger.case import Answer, Case, Option, distinct
from interlock.agents.debugger.environment import Distribution, Environment, bare, version_of
from interlock.agents.debugger.requirements import Declared, declared
from interlock.core.fingerprint import blamed, blames_python, parties
from interlock.core.plan import Act
from interlock.core.release import Release

_PINS = 40
BACKEND = "setuptools"  # the one that builds what names no backend (PEP 517)

# When each minor version was released, by its release schedule (PEPs 569, 596, 619, 664, 693, 719, 745).
PYTHONS = {
    (3, 8): date(2019, 10, 14),
    (3, 9): date(2020, 10, 5),
    (3, 10): date(2021, 10, 4),
    (3, 11): date(2022, 10, 24),
    (3, 12): date(2023, 10, 2),
    (3, 13): date(2024, 10, 7),
    (3, 14): date(2025, 10, 7),
}


class Drift:
    """A failing import of third-party code, read against what is declared and what is installed.

    `suspect` is the distribution that the error blames, `asked` the declared requirement that brought it in.
    """

    def __init__(self, case: Case, modules: Sequence[str]) -> None:
        self.case = case
        self.environment = Environment(case.folder)
        self.declared = declared(case.folder)
        found = [self.environment.provider(module) for module in modules]
        self.involved: tuple[Distribution, ...] = tuple(each for each in found if each is not None)

    @property
    def suspect(self) -> Distribution | None:
        """The distribution that is to blame by the error's own words."""
        return self.involved[-1] if self.involved else None

    @cached_property
    def asked(self) -> Declared | None:
        """The declared requirement that the import ran through, or from which a way leads to the suspect."""
        names = [each.name for each in self.involved]
        direct = [each for each in self.declared if each.name in names]
        if direct:
            return min(direct, key=lambda each: (not each.pin, names.index(each.name)))
        goal = self.suspect.name if self.suspect else ""
        return next((each for each in self.declared if self.environment.leads_to(each.name, goal)), None)

    @property
    def suspect_is_pinned(self) -> bool:
        """The person asked for exactly the suspect's version: another would break their word."""
        return any(self.suspect and each.name == self.suspect.name and each.pin for each in self.declared)

    def install(self, packages: Iterable[str], *, until: date | None = None) -> Act:
        """The act that installs these over what is there, as if it were that day."""
        arguments: dict[str, Any] = {"packages": list(packages), "reinstall": True, "venv": self.environment.venv}
        if until:
            arguments["exclude_newer"] = until.isoformat()
        return Act(skill="packages.install", arguments=arguments)


async def step_through_time(case: Case) -> Answer:
    """As of the pin's date, as of the interpreter's, below the suspect's major version, one release back."""
    text = case.failure.output
    return await drifted(Drift(case, parties(text) or tuple(filter(None, (blamed(text),)))))


async def older_build_backend(case: Case) -> Answer:
    """Build with the backend of this interpreter's time, when today's no longer builds what is old."""
    environment = Environment(case.folder)
    python = PYTHONS.get(environment.python or (0, 0))
    files = list(dict.fromkeys(each.file for each in declared(case.folder) if each.file.endswith(".txt")))
    try:
        releases = fitting(await case.index.releases(BACKEND), None) if python and files else ()
    except LookupError as problem:
        return Answer(advice=f"the package index does not answer ({problem}), so no older `{BACKEND}` can be chosen")
    older = [each for each in releases if python and each.uploaded < _seconds(python)]
    if not older:
        return Answer()
    wanted = f"{BACKEND}=={older[-1].version}"
    return Answer(
        options=(
            Option(
                variant=f"build-with:{wanted}",
                act=Act(
                    skill="packages.install",
                    arguments={"requirements": files, "build": [wanted], "venv": environment.venv},
                ),
                why=f"today's `{BACKEND}` refuses what the setup asks for; `{wanted}` is of this Python's time",
                expects="the package builds",
            ),
        )
    )


async def drifted(drift: Drift) -> Answer:
    """The options against a drift, best evidence first. An index that does not answer costs those that need dates."""
    if drift.suspect is None or not drift.environment.venv:
        return Answer()
    if drift.suspect_is_pinned and len(drift.involved) == 1 and blames_python(drift.case.failure.output):
        return Answer(advice=_own_pin(drift))
    try:
        options = [*await _as_of(drift), *await _older_suspect(drift)]
        return Answer(options=distinct(options))
    except LookupError as problem:
        return Answer(
            options=(*_of_this_python(drift, None), *_below_major(drift, ())),
            advice=f"the package index does not answer ({problem}), so remedies that need it are missing here",
        )


def _seconds(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()


async def day_of(drift: Drift, each: Declared) -> date | None:
    """The day after the pinned release was published, so that the release itself is in."""
    releases = await drift.case.index.releases(each.name) if each.pin else ()
    wanted = version_of(each.pin)
    found = next((release for release in releases if version_of(release.version) == wanted), None)
    return datetime.fromtimestamp(found.uploaded, UTC).date() + timedelta(days=1) if found else None


async def _as_of(drift: Drift) -> list[Option]:
    """As of the pin that the import ran through (its tree alone), of the interpreter, of the newest pin (all of it)."""
    options: list[Option] = []
    asked = drift.asked
    own = await day_of(drift, asked) if asked else None
    if asked and own:
        options.append(_dated(drift, [asked], own, f"when `{bare(asked.requirement)}` was released"))
    options += _of_this_python(drift, own)
    days = [day for day in await asyncio.gather(*(day_of(drift, each) for each in drift.declared[:_PINS])) if day]
    if len(days) > 1 and max(days) != own:
        main = [each for each in drift.declared if each.file == (asked or drift.declared[0]).file]
        options.append(_dated(drift, main, max(days), "when the newest pin was released"))
    return options


def _of_this_python(drift: Drift, own: date | None) -> tuple[Option, ...]:
    """As of the interpreter's release, when that is later than the pin: what is older may not know this Python."""
    python = PYTHONS.get(drift.environment.python or (0, 0))
    if drift.asked is None or python is None or (own is not None and own >= python):
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


def fitting(releases: Sequence[Release], python: tuple[int, int] | None) -> tuple[Release, ...]:
    """Final, unyanked releases that accept this interpreter."""
    return tuple(
        each
        for each in releases
        if not each.yanked
        and (version := version_of(each.version))
        and not version.is_prerelease
        and (not python or _accepts(each.requires_python, python))
    )


def _accepts(bound: str, python: tuple[int, int]) -> bool:
    try:
        return SpecifierSet(bound).contains(f"{python[0]}.{python[1]}.99")
    except InvalidSpecifier:
        return True


def _own_pin(drift: Drift) -> str:
    asked = next(each for each in drift.declared if drift.suspect and each.name == drift.suspect.name)
    python = ".".join(str(part) for part in drift.environment.python or ())
    return (
        f"`{bare(asked.requirement)}` (pinned in `{asked.file}`) does not work on Python {python}: "
        "raise the pin or use an older Python; both change what you asked for, so they are yours to decide"
    )
