"""Planted faults: the shipped stop hook with one passage changed, loaded beside it, that the laws must refuse."""

import importlib.abc
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from interlock.core import stop_hook
from prove.laws import LAWS
from prove.world import refute, survey


@dataclass(frozen=True)
class Mutant:
    """A fault, and the passage of the stop hook's source that it changes."""

    fault: str
    old: str
    new: str


class Outdated(Exception):
    """The passage that a mutant changes is not in the source exactly once, so it plants nothing."""


class _Planted(importlib.abc.SourceLoader):
    def __init__(self, path: str, source: str) -> None:
        self._path, self._source = path, source

    def get_filename(self, fullname: str) -> str:
        return self._path

    def get_data(self, path: str) -> bytes:
        return self._source.encode()


def plant(mutant: Mutant, hook: ModuleType) -> ModuleType:
    """The hook's module with the fault in it; the hook itself stays as it is. Raises Outdated."""
    path = str(hook.__file__)
    source = Path(path).read_text(encoding="utf-8")
    if source.count(mutant.old) != 1:
        raise Outdated(f"`{mutant.old.strip()}` is in {path} {source.count(mutant.old)} times; plant the fault anew")
    spec = importlib.util.spec_from_loader(
        f"planted.{hook.__name__}", _Planted(path, source.replace(mutant.old, mutant.new))
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def refused_by(mutant: Mutant) -> str | None:
    """The name of the first law that fails on the fault."""
    world = survey(plant(mutant, stop_hook))
    return next((law.__name__ for law in LAWS if refute(world, law)), None)


_RISK_ROWS = {
    "a destructive act is no open risk": (
        "        facts.destructive\n        or facts.high_cost",
        "        facts.high_cost",
    ),
    "a high cost is no open risk": ("        or facts.high_cost\n", ""),
    "an unclear impact is no open risk": ("        or facts.unclear_impact\n", ""),
    "a missing guard is no open risk": ("        or facts.guard_unavailable\n", ""),
    "a person's wish to be asked is no open risk": ("        or facts.asked_by_person\n", ""),
    "changed checks are no open risk": ("        or facts.checks_changed\n", ""),
}

_SUCCESS_FIRST = """    if goal_met(facts):
        return next(rule for rule in RULES if rule.name == "checks_pass")
    for rule in RULES:
"""

_ASK_FIRST = "    for rule in sorted(RULES, key=lambda rule: rule.branch if rule.branch != 4 else 2.5):\n"

_EVERY_SECOND = """TIMES: list[int] = []


def decide(facts: Facts) -> Decision:
    TIMES.append(1)
    facts = facts if len(TIMES) % 2 else Facts(stop_requested=True)
"""

MUTANTS: tuple[Mutant, ...] = (
    Mutant("known_fix ignores risk", "        and not risk_is_open(facts)\n", ""),
    *(Mutant(fault, old, new) for fault, (old, new) in _RISK_ROWS.items()),
    Mutant("success without a check", "facts.checks_declared >= 1\n        and ", ""),
    Mutant("success with one check failing", ">= facts.checks_declared\n", ">= facts.checks_declared - 1\n"),
    Mutant("success on stale evidence", "        and facts.evidence_fresh\n", ""),
    Mutant("success with changed check files", "        and not facts.checks_changed\n", ""),
    Mutant("success before a hard stop", "    for rule in RULES:\n        if", _SUCCESS_FIRST + "        if"),
    Mutant("questions before known fixes", "    for rule in RULES:\n        if", _ASK_FIRST + "        if"),
    Mutant("one turn too many", "next_iteration(f) > f.max_iterations", "next_iteration(f) > f.max_iterations + 1"),
    Mutant("one turn too few", "next_iteration(f) > f.max_iterations", "next_iteration(f) >= f.max_iterations"),
    Mutant("no success on the last turn", "facts.taken if goal_met(facts) else facts.taken + 1", "facts.taken + 1"),
    Mutant("time runs out a tick late", "f.worked >= f.max_time", "f.worked > f.max_time"),
    Mutant("a granted try lifts the time limit", "f.worked >= f.max_time", "f.worked >= f.max_time and f.granted <= 0"),
    Mutant("spending the cap ends it", "f.cap_refused or f.spent > f.cap", "f.cap_refused or f.spent >= f.cap"),
    Mutant("a refusal by the cap is ignored", "f.cap_refused or f.spent > f.cap", "f.spent > f.cap"),
    Mutant("spend past the cap is ignored", "f.cap_refused or f.spent > f.cap", "f.cap_refused"),
    Mutant("the cap is the ask line", "f.spent > f.cap", "f.spent > f.ask_line"),
    Mutant("a rejection is ignored", "STOP, lambda f: f.rejected", "STOP, lambda f: False"),
    Mutant("an approved act outruns a stop", "f: f.stop_requested", "f: f.stop_requested and not f.pinned"),
    Mutant("a violation only asks", '"permission_violation", 1, STOP', '"permission_violation", 1, ASK'),
    Mutant("a destructive act goes on", '"destructive_action", 4, ASK', '"destructive_action", 4, GO'),
    Mutant("an approved act hides a high cost", "lambda f: f.high_cost", "lambda f: f.high_cost and not f.pinned"),
    Mutant("a sure agent is believed about cost", "lambda f: f.high_cost", "lambda f: f.high_cost and f.kept < 9"),
    Mutant("a fix that always won is past asking", "f: f.destructive", "f: f.destructive and f.fix_wins < 3"),
    Mutant("a dear act is called destructive", "lambda f: f.destructive", "lambda f: f.destructive or f.high_cost"),
    Mutant("a claim picks the question", "f: f.destructive", "f: f.destructive and not (f.high_cost and f.expects)"),
    Mutant("a claim counts as a pattern", "and facts.pattern_known\n", "and (facts.pattern_known or facts.expects)\n"),
    Mutant("one try too many for a fix", "facts.retries < facts.max_retries", "facts.retries <= facts.max_retries"),
    Mutant("a fix that is not there is tried", "        and facts.fixes_left >= 1\n", ""),
    Mutant("an unknown failure goes on", "ASK, failure_is_unknown", "ASK, lambda f: False"),
    Mutant("used-up fixes go on", "not facts.pattern_known or facts.fixes_left < 1 or", "not facts.pattern_known or"),
    Mutant("no progress goes on", "f.stalled >= f.stall_limit", "f.stalled > f.stall_limit"),
    Mutant("broken expectations go on", "f.broken >= f.broken_limit", "f.broken > f.broken_limit"),
    Mutant("more time spent loosens", "f.stalled >= f.stall_limit", "f.stalled >= f.stall_limit and f.worked < 60"),
    Mutant("granted tries are asked about again", "not facts.pinned and facts.granted <= 0", "not facts.pinned"),
    Mutant("an approved act is asked about again", "not facts.pinned and facts.granted <= 0", "facts.granted <= 0"),
    Mutant("the default asks", '"nothing_forbids", 5, GO', '"nothing_forbids", 5, ASK'),
    Mutant("the default ends it", '"nothing_forbids", 5, GO', '"nothing_forbids", 5, STOP'),
    Mutant("the last rule may fail", "GO, lambda f: True", "GO, lambda f: not f.pinned"),
    Mutant("confidence divides by zero", "(facts.kept + facts.broken + 2)", "(facts.kept + facts.broken)"),
    Mutant("confidence passes 1", "(facts.fix_wins + 1)", "(facts.fix_wins + 3)"),
    Mutant("a question is never certain", "if rule.action is not GO:", "if rule.action is STOP:"),
    Mutant("a reason that cannot be told", "{f.taken} of {f.max_iterations}", "{f.taken:.2s} of {f.max_iterations}"),
    Mutant("every second decision is another", "def decide(facts: Facts) -> Decision:\n", _EVERY_SECOND),
    Mutant("a decision reads the clock", "reason=rule.reason(facts)", "reason=str(__import__('time').time_ns())"),
)  # fmt: skip
