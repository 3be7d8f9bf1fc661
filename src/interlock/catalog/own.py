"""An organisation's own entries: a folder of data files, loaded after the shipped ones and held to the same rules."""

import tomllib
from collections.abc import Iterable
from pathlib import Path

from interlock.core.catalog import BadEntry, Entry, entry_from, lint

FIRST = 11


def own_entries(
    folder: Path, *, shipped: Iterable[Entry], skills: Iterable[str], strategies: Iterable[str]
) -> tuple[Entry, ...]:
    """The folder's entries; none where there is no folder. Raises BadEntry, naming the file and what is wrong with it.

    An entry that is no `stop` begins at priority 11: what must stop is told first.
    """
    good, bad = vetted(folder, shipped=shipped, skills=skills, strategies=strategies)
    if bad:
        raise BadEntry(bad[0])
    return good


def vetted(
    folder: Path, *, shipped: Iterable[Entry], skills: Iterable[str], strategies: Iterable[str]
) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """The folder's good entries, and what is wrong with each of the other files, by its name."""
    names, skills, strategies = {entry.id for entry in shipped}, tuple(skills), tuple(strategies)
    good: list[Entry] = []
    bad: list[str] = []
    for file in sorted(folder.glob("*.toml")):
        try:
            entry = _read(file)
        except BadEntry as problem:
            bad.append(str(problem))
            continue
        said = list(lint([entry], skills=skills, strategies=strategies))
        if entry.id in names:
            said.append(f"entry `{entry.id}` exists already; give it an id of its own")
        if entry.risk != "stop" and entry.priority < FIRST:
            said.append(f"entry `{entry.id}`: priority {entry.priority} is for `stop` entries; begin at {FIRST}")
        names.add(entry.id)
        bad += [f"`{file}`: {each}" for each in said]
        good += [] if said else [entry]
    return tuple(good), tuple(bad)


def _read(file: Path) -> Entry:
    try:
        return entry_from(tomllib.loads(file.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as problem:
        raise BadEntry(f"`{file}` is no TOML: {problem}") from None
    except UnicodeDecodeError:
        raise BadEntry(f"`{file}` is no UTF-8 text") from None
    except OSError as problem:
        raise BadEntry(f"`{file}` can't be read ({problem.strerror})") from None
    except BadEntry as problem:
        raise BadEntry(f"`{file}`: {problem}") from None
