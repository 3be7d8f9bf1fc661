"""The catalogue of known failures: what an entry is, how a text is matched, and what is wrong with an entry.

Matching is pure and quick: no file is read, no program is run, and no pattern can take exponential time.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cached_property
from re import _constants, _parser  # type: ignore[attr-defined]  # the parsed form is the only way to judge a pattern
from typing import Any

import msgspec
from msgspec import Struct

from interlock.core.patterns import always_captured, dangers
from interlock.core.remediation import RiskClass

PREDICATES = ("inside", "absent", "present", "script", "not_executable", "in_path")
_PLACE = re.compile(r"\{(?P<name>\w+)(?P<part>\.parent)?\}")


class Fix(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One remedy: a skill with argument templates (`{capture}`, `{capture.parent}`), or a strategy written in code."""

    variant: str = ""
    skill: str = ""
    arguments: dict[str, Any] = {}
    strategy: str = ""
    expects: str = ""
    why: str = ""


class Example(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A real output that the entry must match, with the captures it must yield: the entry's own test."""

    output: str
    captures: dict[str, str] = {}


class Entry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A known failure. It matches when any of `patterns` and all of `also` are found, and none of `unless`.

    `when` are preconditions on the workspace (`inside: {path}`). A `stop` or `ask` entry has no fix that runs by
    itself: its `advice` goes to a person. Entries with a lower `priority` claim a text first.
    """

    id: str
    title: str
    patterns: tuple[str, ...]
    risk: RiskClass
    why: str
    examples: tuple[Example, ...]
    also: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()
    reversible: bool = True
    verification: str = "the failed check again, then all checks"
    advice: str = ""
    priority: int = 50


class Match(Struct, frozen=True, kw_only=True):
    """An entry that claims a text, and what its pattern captured."""

    entry: Entry
    captures: dict[str, str]


class BadEntry(ValueError):
    """The entry can't be read; the message says which field and why."""


class Catalog:
    """Entries ready to match: patterns are compiled once, in the order in which they claim a text."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple(sorted(entries, key=lambda entry: (entry.priority, entry.id)))
        self._compiled = [
            (entry, _compile(entry.patterns), _compile(entry.also), _compile(entry.unless)) for entry in self.entries
        ]

    def matches(self, text: str) -> tuple[Match, ...]:
        """Every entry that claims the text, the first claim first."""
        grams = _grams(text)
        return tuple(
            Match(entry=entry, captures={name: value for name, value in found.groupdict().items() if value is not None})
            for entry, patterns, also, unless in self._compiled
            if (found := _first(patterns, text, grams))
            and all(pattern.search(text, grams) for pattern in also)
            and not any(pattern.search(text, grams) for pattern in unless)
        )

    def match(self, text: str) -> Match | None:
        """The entry that claims the text first, or None."""
        return next(iter(self.matches(text)), None)


def entry_from(written: Mapping[str, Any]) -> Entry:
    """The entry of a parsed data file. Raises BadEntry."""
    try:
        return msgspec.convert(dict(written), Entry)
    except msgspec.ValidationError as problem:
        raise BadEntry(f"entry `{written.get('id', '?')}`: {str(problem)[:1].lower()}{str(problem)[1:]}") from None


def render(template: Any, captures: Mapping[str, str]) -> Any:
    """The template with captures filled in, at any depth. Raises KeyError for a name that was not captured."""
    match template:
        case str():
            return _PLACE.sub(lambda place: _part(captures[place["name"]], place["part"]), template)
        case Mapping():
            return {key: render(value, captures) for key, value in template.items()}
        case list() | tuple():
            return [render(value, captures) for value in template]
        case _:
            return template


def lint(entries: Sequence[Entry], *, skills: Iterable[str], strategies: Iterable[str]) -> tuple[str, ...]:
    """What is wrong with the entries, one line each; empty when all is well."""
    skills, strategies = frozenset(skills), frozenset(strategies)
    found = [f"entry `{name}` exists {count} times; give each its own id" for name, count in _repeated(entries)]
    for entry in entries:
        said = [*_bad_patterns(entry), *_bad_fixes(entry, skills, strategies), *_bad_conditions(entry)]
        said += _bad_examples(entry) if not said else []
        found += [f"entry `{entry.id}`: {problem}" for problem in said]
    return tuple(found) or _stolen_examples(entries)


class _Pattern:
    """A pattern with texts of which every match contains one: looking for those first is quicker, and mostly enough.

    Quicker still is a sample: of four runs in a row that a text holds, one must be among an output's every fourth.
    """

    def __init__(self, pattern: str) -> None:
        parsed = _parser.parse(pattern, re.MULTILINE)
        needles = () if parsed.state.flags & re.IGNORECASE else _needles(parsed)
        self._pattern = pattern
        self._needles = tuple((needle, _windows(needle)) for needle in needles)

    def search(self, text: str, grams: set[str]) -> re.Match[str] | None:
        for needle, windows in self._needles:
            if not (windows and grams.isdisjoint(windows)) and needle in text:
                break
        else:
            if self._needles:
                return None
        return self._compiled.search(text)

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self._pattern, re.MULTILINE)


def _first(patterns: Iterable[_Pattern], text: str, grams: set[str]) -> re.Match[str] | None:
    for pattern in patterns:
        if found := pattern.search(text, grams):
            return found
    return None


def _grams(text: str) -> set[str]:
    """Every fourth run of four characters."""
    return {text[at : at + 4] for at in range(0, len(text) - 3, 4)}


def _windows(needle: str) -> frozenset[str]:
    """Four runs in a row from the needle's middle: wherever it stands, one of them begins at a fourth character."""
    start = max((len(needle) - 7) // 2, 0)
    return frozenset(needle[at : at + 4] for at in range(start, start + 4)) if len(needle) >= 7 else frozenset()


def _compile(patterns: Iterable[str]) -> list[_Pattern]:
    return [_Pattern(pattern) for pattern in patterns]


def _needles(parsed: Any) -> tuple[str, ...]:
    """Texts of which every match contains at least one; empty where no such texts are known."""
    longest = max(_literals(parsed), key=len)
    known: list[tuple[str, ...]] = [(longest,)] if longest else []
    for operation, argument in parsed:
        if operation is _constants.SUBPATTERN and not argument[1] & re.IGNORECASE:
            known.append(_needles(argument[-1]))
        elif operation is _constants.BRANCH:
            each = [_needles(branch) for branch in argument[1]]
            known.append(tuple(needle for needles in each for needle in needles) if all(each) else ())
    return max(known, key=lambda needles: min(map(len, needles), default=0), default=())


def _literals(parsed: Any) -> list[str]:
    """The runs of letters that a match can't do without."""
    runs = [""]
    for operation, argument in parsed:
        if operation is _constants.LITERAL:
            runs[-1] += chr(argument)
        elif operation is _constants.SUBPATTERN and not argument[1] & re.IGNORECASE:
            runs += [*_literals(argument[-1]), ""]
        else:
            runs.append("")
    return runs


def _part(value: str, part: str | None) -> str:
    return (value.rpartition("/")[0] or ".") if part else value


def _bad_patterns(entry: Entry) -> list[str]:
    none = [] if entry.patterns else ["has no pattern; say how its output is recognised"]
    return none + [said for pattern in (*entry.patterns, *entry.also, *entry.unless) for said in dangers(pattern)]


def _bad_fixes(entry: Entry, skills: frozenset[str], strategies: frozenset[str]) -> list[str]:
    found = [f"fix `{fix.variant}`: {said}" for fix in entry.fixes for said in _bad_fix(entry, fix, skills, strategies)]
    if entry.risk in ("stop", "ask") and not entry.advice:
        found.append(f"has risk `{entry.risk}` and no advice; say what the person should know")
    if entry.risk == "stop" and entry.fixes:
        found.append("has risk `stop` and a fix; remove the fix or choose another risk")
    if entry.risk in ("safe", "env") and not entry.fixes:
        found.append(f"has risk `{entry.risk}` and no fix; add one, or choose `stop` with an advice")
    return found


def _bad_fix(entry: Entry, fix: Fix, skills: frozenset[str], strategies: frozenset[str]) -> Iterable[str]:
    if bool(fix.skill) == bool(fix.strategy):
        yield "names a skill or a strategy, exactly one of them"
    if fix.skill and not any(fnmatchcase(fix.skill, known) for known in skills):
        yield f"skill `{fix.skill}` does not exist; choose one of {_names(skills)}"
    if fix.strategy and fix.strategy not in strategies:
        yield f"strategy `{fix.strategy}` does not exist; choose one of {_names(strategies)}"
    if fix.skill and not fix.variant:
        yield "needs a variant; it is what memory calls the fix"
    for name in _placeholders([fix.arguments, fix.expects, fix.why]) - _captured(entry):
        yield f"uses `{{{name}}}`, which not every pattern captures"


def _bad_conditions(entry: Entry) -> list[str]:
    found = [
        f"condition `{said}` is not one of {_names(PREDICATES)} with a value, such as `inside: {{path}}`"
        for said in entry.when
        if said.partition(": ")[0] not in PREDICATES or not said.partition(": ")[2]
    ]
    missing = _placeholders([*entry.when, entry.advice]) - _captured(entry)
    return found + [f"uses `{{{name}}}`, which not every pattern captures" for name in sorted(missing)]


def _bad_examples(entry: Entry) -> list[str]:
    alone = Catalog([entry])
    found = [] if entry.examples else ["has no example; add a real output"]
    for number, example in enumerate(entry.examples, start=1):
        match = alone.match(example.output)
        if match is None:
            found.append(f"example {number} is not matched by the entry's own patterns")
        elif any(match.captures.get(name) != value for name, value in example.captures.items()):
            found.append(f"example {number} yields {match.captures}, not {example.captures}")
    return found


def _stolen_examples(entries: Sequence[Entry]) -> tuple[str, ...]:
    catalog = Catalog(entries)
    return tuple(
        f"entry `{entry.id}`: example {number} is claimed by `{match.entry.id}` first; make one of them narrower"
        for entry in entries
        for number, example in enumerate(entry.examples, start=1)
        if (match := catalog.match(example.output)) and match.entry.id != entry.id
    )


def _placeholders(templates: Any) -> set[str]:
    match templates:
        case str():
            return {place["name"] for place in _PLACE.finditer(templates)}
        case Mapping():
            return set().union(*(_placeholders(value) for value in templates.values()))
        case list() | tuple():
            return set().union(*(_placeholders(value) for value in templates))
        case _:
            return set()


def _captured(entry: Entry) -> set[str]:
    each = [always_captured(pattern) for pattern in entry.patterns if not dangers(pattern)]
    return set.intersection(*each) if each else set()


def _repeated(entries: Sequence[Entry]) -> list[tuple[str, int]]:
    ids = [entry.id for entry in entries]
    return [(name, ids.count(name)) for name in sorted(set(ids)) if ids.count(name) > 1]


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))
