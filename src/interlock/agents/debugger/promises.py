"""The last remedies of a drift: they change what a person asked for, and say so. An older Python; the pin, raised."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from packaging.version import Version

from interlock.agents.debugger.blame import PYTHONS, Drift, accepts, fitting, published, seconds_of
from interlock.agents.debugger.case import Option
from interlock.agents.debugger.environment import version_of
from interlock.agents.debugger.requirements import Declared
from interlock.agents.debugger.standard_library import gone, offers
from interlock.core.frames import frames, import_chain
from interlock.core.plan import Act
from interlock.core.release import Interpreter, Release


def breaks_with_python(drift: Drift) -> bool:
    """Whether the release that was asked for misses something that an older standard library, present here, still has.

    The interpreter is the only other party then: no release of another package helps.
    """
    return next(_that_still_offer(drift), None) is not None


def older_python(drift: Drift, released: float, newest_pin: date | None) -> tuple[Option, ...]:
    """The newest older Python that has what is gone; else, where nobody else takes part, that of the release's time.

    `released` is when the suspect's release was published, in unix seconds, 0 where that is not known;
    `newest_pin` is the day of the newest pin, if there is one: a Python of then goes with packages of then.
    """
    files = list(dict.fromkeys(each.file for each in drift.declared if each.file.endswith(".txt")))
    fitting_ones = (each for each in (*_that_still_offer(drift), *_of_its_time(drift, released)) if _suits(drift, each))
    chosen = next(fitting_ones, None)
    if chosen is None or not files or drift.environment.python is None:
        return ()
    now = ".".join(str(part) for part in drift.environment.python)
    missing = gone(drift.case.failure.output)
    what = f"`{'.'.join(filter(None, missing))}`" if missing else "what worked at its time"
    venv = drift.environment.venv
    arguments: dict[str, Any] = {"python": chosen.minor, "requirements": files, "venv": venv}
    if newest_pin:
        until = max(newest_pin, PYTHONS.get(chosen.version, newest_pin))
        arguments["exclude_newer"] = until.isoformat()
    return (
        Option(
            variant=f"python:{chosen.minor}",
            act=Act(skill="packages.rebuild", arguments=arguments),
            why=f"Python {now} no longer has {what}; `{venv}` is made anew on Python {chosen.minor}, which is present",
            expects=f"the import succeeds on Python {chosen.minor}",
            promise=f"Python {now} in `{venv}` becomes Python {chosen.minor}",
        ),
    )


async def raised_pin(drift: Drift) -> tuple[Option, ...]:
    """The pin raised to the first release as new as what it breaks with, then the newest. Raises LookupError."""
    asked = drift.asked
    text = drift.case.folder.read(asked.file) if asked else ""
    written = as_written(asked, text) if asked and asked.pin else ""
    if asked is None or not written:
        return ()
    releases = fitting(await drift.case.index.releases(asked.name), drift.environment.python)
    later = sorted((each for each in releases if _after(each, asked.pin)), key=lambda each: Version(each.version))
    return tuple(
        Option(
            variant=f"raise:{asked.name}=={each.version}",
            act=Act(
                skill="packages.raise_pin",
                arguments={
                    "file": asked.file,
                    "old": written,
                    "new": written.replace(asked.pin, each.version),
                    "venv": drift.environment.venv,
                },
            ),
            why=f"nothing that keeps `{written}` is left to try; {each.version} is {what}",
            expects=f"the import succeeds with `{asked.name}` {each.version}",
            promise=f"`{written}` in `{asked.file}` becomes `{written.replace(asked.pin, each.version)}`",
        )
        for each, what in _steps_up(asked.pin, later, await _since(drift))
    )


def _that_still_offer(drift: Drift) -> Iterator[Interpreter]:
    missing, current = gone(drift.case.failure.output), drift.environment.python
    now = next((each for each in drift.case.pythons if each.version == current), None)
    if missing is None or current is None or (now and offers(now.library, *missing)):
        return
    yield from (each for each in drift.case.pythons if each.version < current and offers(each.library, *missing))


def _of_its_time(drift: Drift, released: float) -> Iterator[Interpreter]:
    """Those that were there when a release came out that fails alone, while it is imported, and is older than this."""
    current = drift.environment.python
    alone = len(drift.involved) == 1 and import_chain(frames(drift.case.failure.output))
    if current in PYTHONS and alone and 0 < released < seconds_of(PYTHONS[current]):
        yield from (
            each
            for each in drift.case.pythons
            if each.version < current and each.version in PYTHONS and seconds_of(PYTHONS[each.version]) <= released
        )


def _suits(drift: Drift, python: Interpreter) -> bool:
    """Whether every pinned release that is installed accepts that Python."""
    pinned = (drift.environment.distributions.get(each.name) for each in drift.declared if each.pin)
    return all(accepts(each.python, python.version) for each in pinned if each)


async def _since(drift: Drift) -> float:
    """When that was published with which the pin no longer fits: the suspect's release, or this Python."""
    suspect, asked = drift.suspect, drift.asked
    if suspect and asked and suspect.name != asked.name:
        return await published(drift, suspect.name, suspect.version)
    python = PYTHONS.get(drift.environment.python or (0, 0))
    return seconds_of(python) if python else 0.0


def _steps_up(pin: str, later: Sequence[Release], since: float) -> Iterator[tuple[Release, str]]:
    major = Version(pin).major
    newer = [each for each in later if each.uploaded >= since] if since else []
    near = next((each for each in newer if Version(each.version).major == major), next(iter(newer), None))
    if near:
        yield near, "the nearest that is as new as what it breaks with"
    if later and later[-1] != near:
        yield later[-1], "the newest"


def _after(release: Release, pin: str) -> bool:
    version, pinned = version_of(release.version), version_of(pin)
    return version is not None and pinned is not None and version > pinned


def as_written(asked: Declared, text: str) -> str:
    """The pin as it stands in its file; empty where it stands there more than once, or in another form."""
    name = re.sub(r"[-_.]+", "[-_.]+", re.escape(asked.requirement.name).replace(r"\-", "-").replace(r"\.", "."))
    pin = rf"(?<![\w.-]){name}(?:\[[\w,. -]*\])?\s*===?\s*{re.escape(asked.pin)}(?![\w.+*!-])"
    found = [each[0] for each in re.finditer(pin, text, re.IGNORECASE)]
    return found[0] if len(found) == 1 and text.count(found[0]) == 1 else ""
