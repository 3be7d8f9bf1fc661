"""What would have changed a decision: for each other rule the smallest change of facts, found by deciding again."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from interlock.core.money import show
from interlock.core.stop_hook import RULES, Action, Facts, decide, goal_met, next_iteration, select
from interlock.core.views.text import count, lasting

Edits = dict[str, Any]
MOST_EDITS = 4


class Counterfactual(Struct, frozen=True, kw_only=True):
    """With `edits` made to the facts, `rule` decides instead: verified. `distance` in 0..1 says how far that is."""

    rule: str
    branch: int
    action: Action
    edits: Edits
    words: str
    distance: float


_RISKS = {
    "destructive_action": "destructive",
    "high_cost": "high_cost",
    "unclear_impact": "unclear_impact",
    "guard_unavailable": "guard_unavailable",
    "asked_by_person": "asked_by_person",
    "checks_changed": "checks_changed",
}
_MAKES: dict[str, Callable[[Facts], Edits]] = {
    "stopped_by_person": lambda f: {"stop_requested": True},
    "rejected_by_person": lambda f: {"rejected": True},
    "max_iterations": lambda f: {"taken": f.max_iterations + goal_met(f)},
    "max_time": lambda f: {"worked": f.max_time},
    "budget_exceeded": lambda f: {"spent": f.cap + 1},
    "permission_violation": lambda f: {"violation": True},
    "checks_pass": lambda f: {
        "checks_declared": max(f.checks_declared, 1),
        "checks_passed": max(f.checks_passed, f.checks_declared, 1),
        "evidence_fresh": True,
        "checks_changed": False,
    },
    "known_fix": lambda f: {
        "failing": True,
        "pattern_known": True,
        "fixes_left": max(f.fixes_left, 1),
        "retries": min(f.retries, f.max_retries - 1),
        **dict.fromkeys(_RISKS.values(), False),
    },
    "unknown_failure": lambda f: (
        {"retries": max(f.retries, f.max_retries), **_at_rest(f)}
        if f.failing and f.pattern_known
        else {"failing": True, "pattern_known": False, **_at_rest(f)}
    ),
    "no_progress": lambda f: {"stalled": max(f.stalled, f.stall_limit), **_at_rest(f)},
    "broken_expectation": lambda f: {"broken": max(f.broken, f.broken_limit), **_at_rest(f)},
    "nothing_forbids": lambda f: {},
}
_CLEARS: dict[str, Callable[[Facts], Edits]] = {
    "stopped_by_person": lambda f: {"stop_requested": False},
    "rejected_by_person": lambda f: {"rejected": False},
    "max_iterations": lambda f: {"max_iterations": next_iteration(f)},
    "max_time": lambda f: {"max_time": f.worked + 1},
    "budget_exceeded": lambda f: {"cap": max(f.cap, f.spent), "cap_refused": False},
    "permission_violation": lambda f: {"violation": False},
    "checks_pass": lambda f: {"checks_passed": f.checks_declared - 1},
    "known_fix": lambda f: {"failing": False},
    "unknown_failure": lambda f: {"failing": False},
    "no_progress": lambda f: {"stalled": f.stall_limit - 1},
    "broken_expectation": lambda f: {"broken": f.broken_limit - 1},
}


def what_would_change(facts: Facts) -> tuple[Counterfactual, ...]:
    """For every other rule that a few changed facts would let decide: by branch, nearest first."""
    decided = select(facts).name
    found = [made for rule in RULES if rule.name != decided and (made := _toward(facts, rule.name)) is not None]
    return tuple(sorted(found, key=lambda one: (one.branch, len(one.edits), one.distance)))


def nearest(found: tuple[Counterfactual, ...]) -> tuple[Counterfactual, ...]:
    """The nearest of each branch."""
    return tuple(one for at, one in enumerate(found) if not any(before.branch == one.branch for before in found[:at]))


def applied(facts: Facts, edits: Edits) -> Facts:
    """The facts with the edits made."""
    return replace(facts, **edits)


def _at_rest(facts: Facts) -> Edits:
    """The going-on rules rest while an approved act is pinned or granted tries last."""
    return {"pinned": False, "granted": min(facts.granted, 0)}


def _toward(facts: Facts, rule: str) -> Counterfactual | None:
    """Make the rule hold, then the ones before it not; what takes more than a few changes is not named."""
    order = [row.name for row in RULES]
    changed = applied(facts, _makes(rule, facts))
    for _ in range(2 * MOST_EDITS):
        reached = decide(changed).rule
        if reached == rule:
            return _named(facts, _pruned(facts, _differences(facts, changed), rule), rule)
        edits = _clears(reached, changed) if order.index(reached) < order.index(rule) else _makes(rule, changed)
        changed = applied(changed, edits)
    return None


def _pruned(facts: Facts, edits: Edits, rule: str) -> Edits:
    """The edits without those that the rule does not need."""
    for name in edits:
        fewer = {other: value for other, value in edits.items() if other != name}
        if decide(applied(facts, fewer)).rule == rule:
            return _pruned(facts, fewer, rule)
    return edits


def _makes(rule: str, facts: Facts) -> Edits:
    return _MAKES[rule](facts) if rule in _MAKES else {_RISKS[rule]: True}


def _clears(rule: str, facts: Facts) -> Edits:
    return _CLEARS[rule](facts) if rule in _CLEARS else {_RISKS[rule]: False}


def _differences(before: Facts, after: Facts) -> Edits:
    return {
        name: getattr(after, name) for name in Facts.__struct_fields__ if getattr(after, name) != getattr(before, name)
    }


def _named(facts: Facts, edits: Edits, rule: str) -> Counterfactual | None:
    if not edits or len(edits) > MOST_EDITS or any(value < 0 for value in edits.values()):
        return None
    decision = decide(applied(facts, edits))
    how = " and ".join(_phrase(facts, name, value) for name, value in edits.items())
    return Counterfactual(
        rule=rule,
        branch=decision.branch,
        action=decision.action,
        edits=edits,
        words=f"`{rule}` would have decided ({decision.action}) with {how}",
        distance=max(_distance(facts, name, value) for name, value in edits.items()),
    )


def _distance(facts: Facts, name: str, value: Any) -> float:
    """How far a fact is from there: a count by its share still missing, anything that is or is not by 1."""
    was: int = getattr(facts, name)
    if name == "high_cost" and value and facts.ask_line:
        return max(0.0, min(1.0, 1 - facts.spent / facts.ask_line))
    if isinstance(value, bool):
        return 1.0
    missing: float = abs(value - was) / max(abs(value), abs(was), 1)
    return min(1.0, missing)


_YES: dict[str, str] = {
    "stop_requested": "a person's stop",
    "rejected": "a person's no, or no answer in time",
    "violation": "an act that a policy forbids as a violation",
    "evidence_fresh": "evidence newer than the last change",
    "checks_changed": "a changed check file",
    "failing": "a failure",
    "pattern_known": "a known pattern for the failure",
    "destructive": "a destructive act withheld for a person",
    "unclear_impact": "an act cut off with its outcome unknown",
    "guard_unavailable": "a guard that can't be asked",
    "asked_by_person": "something that a person or a policy wants to be asked about",
}
_NO: dict[str, str] = {
    "stop_requested": "no stop by a person",
    "rejected": "no rejection by a person",
    "violation": "no forbidden act",
    "cap_refused": "an act that fits under the cap",
    "checks_changed": "the check files unchanged, or accepted by a person",
    "failing": "nothing failing",
    "pattern_known": "no known pattern for the failure",
    "destructive": "no open destructive act",
    "high_cost": "no open act past the ask line",
    "unclear_impact": "no act of unknown outcome",
    "guard_unavailable": "a guard that answers",
    "asked_by_person": "nothing that a person wants to be asked about",
    "pinned": "no approved act waiting to run",
}


def _phrase(facts: Facts, name: str, value: Any) -> str:
    """One changed fact in words, with its value now."""
    if name == "high_cost" and value:
        left = max(0, facts.ask_line - facts.spent)
        return f"an act that may cost more than {show(left)} ({show(facts.spent)} of {show(facts.ask_line)} spent)"
    if isinstance(value, bool):
        return (_YES if value else _NO)[name]
    return _counted(facts, name, value)


def _counted(facts: Facts, name: str, value: int) -> str:
    was = getattr(facts, name)
    match name:
        case "taken":
            return f"{count(value, 'iteration')} used ({was} now, limit {facts.max_iterations})"
        case "max_iterations":
            return f"a limit of {count(value, 'iteration')} ({was} now)"
        case "worked":
            return f"{_time(value)} of work ({_time(was)} now)"
        case "max_time":
            return f"a time limit above {_time(facts.worked)} ({_time(was)} now)"
        case "spent":
            return f"more than {show(facts.cap)} spent ({show(was)} now, {show(facts.cap - was)} short)"
        case "cap":
            return f"a cap of {show(value)} ({show(was)} now)"
        case "checks_passed":
            more = "more" if value > was else "fewer"
            return f"{count(abs(value - was), f'{more} check')} passing ({was} of {facts.checks_declared} now)"
        case "checks_declared":
            return f"{count(value, 'check')} declared ({was} now)"
        case "fixes_left":
            return f"{count(value, 'remedy', 'remedies')} left to try ({was} now)"
        case "retries":
            return f"{value} of {facts.max_retries} tries used ({was} now)"
        case "stalled":
            return f"{count(value, 'turn')} in a row without progress ({was} now)"
        case "broken":
            return f"{count(value, 'turn')} in a row ending otherwise than expected ({was} now)"
        case _:
            return f"`{name}` at {value} ({was} now)"


def _time(micros: int) -> str:
    return lasting(micros / 1_000_000)
