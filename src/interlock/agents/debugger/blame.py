"""What a drift is about: who is to blame, what was asked for, and which releases fit which Python."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from interlock.agents.debugger.case import Case
from interlock.agents.debugger.environment import Distribution, Environment, version_of
from interlock.agents.debugger.requirements import Declared, declared
from interlock.core.plan import Act
from interlock.core.release import Release

_PINS = 40

# When each minor version was released, by its release schedule (PEPs 494, 537, 569, 596, 619, 664, 693, 719, 745).
PYTHONS = {
    (3, 6): date(2016, 12, 23),
    (3, 7): date(2018, 6, 27),
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


def seconds_of(day: date) -> float:
    """Midnight of that day, in unix seconds."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()


async def published(drift: Drift, name: str, version: str) -> float:
    """When that version was published, in unix seconds; 0 where the index does not know it. Raises LookupError."""
    releases = await drift.case.index.releases(name)
    wanted = version_of(version)
    return next((each.uploaded for each in releases if version_of(each.version) == wanted), 0.0)


async def day_of(drift: Drift, each: Declared) -> date | None:
    """The day after the pinned release was published, so that the release itself is in."""
    uploaded = await published(drift, each.name, each.pin) if each.pin else 0.0
    return datetime.fromtimestamp(uploaded, UTC).date() + timedelta(days=1) if uploaded else None


async def days_of(drift: Drift) -> tuple[date, ...]:
    """Those days of all that is pinned. Raises LookupError."""
    days = await asyncio.gather(*(day_of(drift, each) for each in drift.declared[:_PINS]))
    return tuple(day for day in days if day)


def fitting(releases: Sequence[Release], python: tuple[int, int] | None) -> tuple[Release, ...]:
    """Final, unyanked releases that accept this interpreter."""
    return tuple(
        each
        for each in releases
        if not each.yanked
        and (version := version_of(each.version))
        and not version.is_prerelease
        and (not python or accepts(each.requires_python, python))
    )


def accepts(bound: str, python: tuple[int, int]) -> bool:
    """Whether a bound such as `>=3.8` lets that Python in; a bound that can't be read does."""
    try:
        return SpecifierSet(bound).contains(f"{python[0]}.{python[1]}.99")
    except InvalidSpecifier:
        return True
