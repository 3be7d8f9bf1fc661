"""Trying entries out: examples are matched as in life, and fixes filled in with what they capture."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from interlock.core.catalog import Catalog, Entry, Match, render
from interlock.core.fingerprint import extract

LONGEST = 50.0

Misfit = Callable[[str, Mapping[str, Any]], str]


class Trial(Struct, frozen=True, kw_only=True):
    """What came of an entry: how many examples it has, the longest match in milliseconds, what is wrong with it.

    `proposes` are its fixes: a skill's name, or `strategy:` and the name of one.
    """

    id: str
    examples: int
    milliseconds: float
    proposes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def try_out(entry: Entry, among: Catalog, misfit: Misfit) -> Trial:
    """Match every example against all entries `among`, and fill in the fixes.

    `misfit` says what is wrong with a skill's arguments, or nothing. Only entries that `lint` passes may be tried:
    no pattern of theirs can run away.
    """
    problems: list[str] = []
    slowest = 0.0
    for number, example in enumerate(entry.examples, start=1):
        text = extract(example.output)
        began = time.perf_counter()
        claims = among.matches(text)
        slowest = max(slowest, (time.perf_counter() - began) * 1000)
        problems += [f"example {number} {said}" for said in _wrong(entry, example.captures, claims, misfit)]
    if slowest > LONGEST:
        problems.append(f"an example took {slowest:.0f} ms to match; {LONGEST:.0f} ms are the most")
    return Trial(
        id=entry.id,
        examples=len(entry.examples),
        milliseconds=round(slowest, 3),
        proposes=tuple(fix.skill or f"strategy:{fix.strategy}" for fix in entry.fixes),
        problems=tuple(problems),
    )


def _wrong(entry: Entry, expected: Mapping[str, str], claims: Sequence[Match], misfit: Misfit) -> list[str]:
    if not claims:
        return ["is claimed by nothing"]
    if claims[0].entry.id != entry.id:
        return [f"is claimed by `{claims[0].entry.id}` first"]
    captures = claims[0].captures
    wrong = [
        f"captures `{name}` as {captures.get(name)!r}, not {value!r}"
        for name, value in expected.items()
        if captures.get(name) != value
    ]
    for fix in entry.fixes:
        if fix.skill and (said := misfit(fix.skill, render(fix.arguments, captures))):
            wrong.append(f"proposes `{fix.variant}`, which can't be done: {said}")
    return wrong
