"""The stop hook: a pure, ordered table of rules. The first that holds decides; the last always holds.

Nothing else ends a session. Facts go in, a decision comes out, and both are recorded, so that any decision can be made
again bit for bit.
"""

from collections.abc import Callable
from enum import StrEnum

from msgspec import Struct

from interlock.core.money import show


class Action(StrEnum):
    """What the hook can say."""

    CONTINUE = "continue"
    ESCALATE = "escalate"
    TERMINATE = "terminate"


class Facts(Struct, frozen=True, kw_only=True):
    """Everything the stop hook may know. Money in micro-dollars, time in micro-seconds of working time.

    `taken` counts the turns that count (an act ran or was denied). Risks are *open*: what a person accepted is closed.
    `granted` is the number of tries that a person still grants to going on.
    """

    stop_requested: bool = False
    rejected: bool = False
    violation: bool = False
    taken: int = 0
    max_iterations: int = 1
    worked: int = 0
    max_time: int = 1
    spent: int = 0
    ask_line: int = 0
    cap: int = 0
    cap_refused: bool = False
    checks_declared: int = 0
    checks_passed: int = 0
    evidence_fresh: bool = False
    checks_changed: bool = False
    failing: bool = False
    pattern_known: bool = False
    fixes_left: int = 0
    fix_wins: int = 0
    fix_tries: int = 0
    retries: int = 0
    max_retries: int = 1
    destructive: bool = False
    high_cost: bool = False
    unclear_impact: bool = False
    guard_unavailable: bool = False
    asked_by_person: bool = False
    pinned: bool = False
    granted: int = 0
    stalled: int = 0
    stall_limit: int = 1
    broken: int = 0
    broken_limit: int = 1
    kept: int = 0
    expects: str = ""


class RuleSeen(Struct, frozen=True, kw_only=True):
    """One rule as it was on these facts: what was observed, the limit, and whether it held."""

    rule: str
    branch: int
    held: bool
    observed: str
    limit: str


class Decision(Struct, frozen=True, kw_only=True):
    """What is to happen, and why. `outcome` is `success`, `rejected` or the rule's name. `confidence` is in 0..1."""

    action: Action
    outcome: str
    branch: int
    rule: str
    reason: str
    confidence: float
    next_expected_state: str


class Rule(Struct, frozen=True):
    """A row of the table. `observed` and `limit` say the values it compares, `reason` says it in words."""

    name: str
    branch: int
    action: Action
    holds: Callable[[Facts], bool]
    reason: Callable[[Facts], str]
    observed: Callable[[Facts], str]
    limit: str = ""


def goal_met(facts: Facts) -> bool:
    """At least one check, all pass, on evidence newer than the last change, with the check files unchanged."""
    return (
        facts.checks_declared >= 1
        and facts.checks_passed >= facts.checks_declared
        and facts.evidence_fresh
        and not facts.checks_changed
    )


def next_iteration(facts: Facts) -> int:
    """The number of the turn that would come next; a met goal needs none, so success on the last turn is success."""
    return facts.taken if goal_met(facts) else facts.taken + 1


def risk_is_open(facts: Facts) -> bool:
    """Something that only a person may accept stands open."""
    return (
        facts.destructive
        or facts.high_cost
        or facts.unclear_impact
        or facts.guard_unavailable
        or facts.asked_by_person
        or facts.checks_changed
    )


def fix_is_known_and_safe(facts: Facts) -> bool:
    """A known pattern, a remediation, tries left, and no open risk."""
    return (
        facts.failing
        and facts.pattern_known
        and facts.fixes_left >= 1
        and facts.retries < facts.max_retries
        and not risk_is_open(facts)
    )


def may_ask_about_going_on(facts: Facts) -> bool:
    """The going-on rules rest while a person's approved act is pinned, or while granted tries last."""
    return not facts.pinned and facts.granted <= 0


def failure_is_unknown(facts: Facts) -> bool:
    """It fails, and no pattern matches or its fixes are used up."""
    return (
        facts.failing
        and may_ask_about_going_on(facts)
        and (not facts.pattern_known or facts.fixes_left < 1 or facts.retries >= facts.max_retries)
    )


def _flag(name: str) -> Callable[[Facts], str]:
    return lambda facts: "yes" if getattr(facts, name) else "no"


def _checks(facts: Facts) -> str:
    freshness = "fresh" if facts.evidence_fresh else "stale"
    touched = ", check files changed" if facts.checks_changed else ""
    return f"{facts.checks_passed} of {facts.checks_declared} pass, {freshness}{touched}"


def _fix(facts: Facts) -> str:
    if not facts.failing:
        return "nothing fails"
    known = "pattern known" if facts.pattern_known else "no pattern"
    return f"{known}, {facts.fixes_left} fixes left, {facts.retries} of {facts.max_retries} tries used"


STOP, ASK, GO = Action.TERMINATE, Action.ESCALATE, Action.CONTINUE

RULES: tuple[Rule, ...] = (
    Rule("stopped_by_person", 1, STOP, lambda f: f.stop_requested,
         lambda f: "a person asked to stop", _flag("stop_requested"), "no stop"),
    Rule("rejected_by_person", 1, STOP, lambda f: f.rejected,
         lambda f: "a person rejected it, or did not answer in time", _flag("rejected"), "no rejection"),
    Rule("max_iterations", 1, STOP, lambda f: next_iteration(f) > f.max_iterations,
         lambda f: f"{f.taken} of {f.max_iterations} iterations are used and the goal is not met",
         lambda f: f"next would be {next_iteration(f)}", "max_iterations"),
    Rule("max_time", 1, STOP, lambda f: f.worked >= f.max_time,
         lambda f: f"{f.worked // 1_000_000} s of work used of {f.max_time // 1_000_000} s",
         lambda f: f"{f.worked // 1_000_000} s", "max_time"),
    Rule("budget_exceeded", 1, STOP, lambda f: f.cap_refused or f.spent > f.cap,
         lambda f: f"{show(f.spent)} are spent, and the next act would not fit under the cap of {show(f.cap)}",
         lambda f: show(f.spent), "cap"),
    Rule("permission_violation", 1, STOP, lambda f: f.violation,
         lambda f: "an act was attempted that a policy forbids as a violation", _flag("violation"), "no violation"),
    Rule("checks_pass", 2, STOP, goal_met,
         lambda f: f"{f.checks_passed} of {f.checks_declared} checks pass, on evidence newer than the last change",
         _checks, "all checks, fresh, unchanged"),
    Rule("known_fix", 3, GO, fix_is_known_and_safe,
         lambda f: f"the failure is known, remedies left: {f.fixes_left} "
                   f"({f.retries} of {f.max_retries} tries used)", _fix, "max_retries, no open risk"),
    Rule("destructive_action", 4, ASK, lambda f: f.destructive,
         lambda f: "the next act destroys something, and only a person may allow that", _flag("destructive"), "none"),
    Rule("high_cost", 4, ASK, lambda f: f.high_cost,
         lambda f: f"the next act could take the spend past {show(f.ask_line)} ({show(f.spent)} so far)",
         lambda f: show(f.spent), "ask line"),
    Rule("unclear_impact", 4, ASK, lambda f: f.unclear_impact,
         lambda f: "an act was cut off, and nobody knows whether it happened", _flag("unclear_impact"), "none"),
    Rule("guard_unavailable", 4, ASK, lambda f: f.guard_unavailable,
         lambda f: "the guard could not be asked, so the act is withheld", _flag("guard_unavailable"), "none"),
    Rule("asked_by_person", 4, ASK, lambda f: f.asked_by_person,
         lambda f: "a person or a policy wants to be asked first", _flag("asked_by_person"), "none"),
    Rule("checks_changed", 4, ASK, lambda f: f.checks_changed,
         lambda f: "files that define the checks changed during the session", _flag("checks_changed"), "unchanged"),
    Rule("unknown_failure", 4, ASK, failure_is_unknown,
         lambda f: "no known pattern matches the failure" if not f.pattern_known
                   else "the failure is known, and no remedy for it is left here", _fix, "a pattern with fixes left"),
    Rule("no_progress", 4, ASK, lambda f: may_ask_about_going_on(f) and f.stalled >= f.stall_limit,
         lambda f: f"{f.stalled} turns in a row changed nothing about what fails",
         lambda f: f"{f.stalled} turns", "stall_limit"),
    Rule("broken_expectation", 4, ASK, lambda f: may_ask_about_going_on(f) and f.broken >= f.broken_limit,
         lambda f: f"{f.broken} turns in a row ended otherwise than expected",
         lambda f: f"{f.broken} in a row", "broken_limit"),
    Rule("nothing_forbids", 5, GO, lambda f: True,
         lambda f: "nothing forbids the next turn", lambda f: "always", ""),
)  # fmt: skip


OUTCOMES = {"checks_pass": "success", "rejected_by_person": "rejected"}


def select(facts: Facts) -> Rule:
    """The first rule that holds. Lazy: rules after it are not looked at."""
    for rule in RULES:
        if rule.holds(facts):
            return rule
    raise AssertionError("the last rule always holds")


def confidence(rule: Rule, facts: Facts) -> float:
    """How likely the next expected state is, in 0..1: Laplace's rule of succession over what was observed.

    Terminations and escalations rest on observed facts: 1. A known fix has its record in memory; any other turn the
    session's record of expectations kept.
    """
    if rule.action is not GO:
        return 1.0
    if rule.name == "known_fix":
        return (facts.fix_wins + 1) / (facts.fix_tries + 2)
    return (facts.kept + 1) / (facts.kept + facts.broken + 2)


def _expected(rule: Rule, facts: Facts) -> str:
    match rule.action:
        case Action.TERMINATE:
            return "the session ends"
        case Action.ESCALATE:
            return "a person answers"
        case Action.CONTINUE:
            return facts.expects or "the next turn brings the checks closer to passing"


def decide(facts: Facts) -> Decision:
    """Facts to decision: pure and total."""
    rule = select(facts)
    return Decision(
        action=rule.action,
        outcome=OUTCOMES.get(rule.name, rule.name),
        branch=rule.branch,
        rule=rule.name,
        reason=rule.reason(facts),
        confidence=confidence(rule, facts),
        next_expected_state=_expected(rule, facts),
    )


def shadows(facts: Facts) -> tuple[RuleSeen, ...]:
    """Every rule's truth on these facts, those not reached included: what explain-why shows."""
    return tuple(
        RuleSeen(
            rule=rule.name,
            branch=rule.branch,
            held=rule.holds(facts),
            observed=rule.observed(facts),
            limit=rule.limit,
        )
        for rule in RULES
    )
