"""Explain why: one decision of the stop hook, from the record alone. No model is asked, nothing is guessed."""

from collections.abc import Sequence
from typing import Literal

from msgspec import UNSET, Struct
from msgspec.structs import replace

from interlock.core.events import ActionProposed, Envelope, HookDecided, LessonLearned, PlanMade, StepReviewed
from interlock.core.money import show
from interlock.core.remediation import Diagnosis
from interlock.core.stop_hook import RULES, Action, Decision, Facts, confidence, select, shadows
from interlock.core.views.counterfactuals import Counterfactual, nearest, what_would_change
from interlock.core.views.evidence import Evidence, evidence, evidence_lines
from interlock.core.views.ranking import moved
from interlock.core.views.text import Section, flat, lasting, one_line

BRANCHES = {1: "hard stop", 2: "success", 3: "known fix", 4: "ask a person", 5: "default"}
MARKS = {"held": "✓", "failed": "✗", "unreached": "·"}


class NoDecision(LookupError):
    """The session has no such decision; the message says which it has."""


class RuleShown(Struct, frozen=True, kw_only=True):
    """A row of the stop hook's table on these facts. `shadow` rules come after the one that decided: not reached."""

    rule: str
    branch: int
    held: bool
    decided: bool
    shadow: bool
    observed: str
    limit: str

    @property
    def mark(self) -> str:
        """✓ held · ✗ did not · a dot for what was not reached."""
        result: Literal["held", "failed", "unreached"] = (
            "unreached" if self.shadow else "held" if self.held else "failed"
        )
        return MARKS[result]

    @property
    def result(self) -> str:
        """In words."""
        if self.decided:
            return "held, and decided"
        if self.shadow:
            return f"not reached (would {'have held' if self.held else 'not have held'})"
        return "did not hold"


class Explanation(Struct, frozen=True, kw_only=True):
    """Why the stop hook decided so. `at` is unix micro-seconds; `claims` are what agents said, never relied upon."""

    session: str
    number: int
    of: int
    id: str
    iteration: int
    at: int
    decision: Decision
    sentence: str
    rules: tuple[RuleShown, ...]
    evidence: tuple[Evidence, ...]
    claims: tuple[str, ...]
    confidence: str
    memory: tuple[str, ...]
    would_change: tuple[Counterfactual, ...]

    @property
    def sections(self) -> tuple[Section, ...]:
        """All of it, under headings."""
        return (
            Section(title=f"decision {self.number} of {self.of} · iteration {self.iteration}", lines=(self.sentence,)),
            Section(title="the rules, first that holds decides", lines=_table(self.rules)),
            Section(title="evidence", lines=evidence_lines(self.evidence)),
            Section(title="what the agents claim (not relied upon)", lines=self.claims or ("nothing was claimed",)),
            Section(title="confidence", lines=(self.confidence,)),
            Section(title="memory", lines=self.memory),
            Section(title="what would have changed it", lines=tuple(map(_instead, nearest(self.would_change)))),
        )

    @property
    def lines(self) -> tuple[str, ...]:
        """All of it as plain lines."""
        return flat(self.sections)


def decisions(envelopes: Sequence[Envelope]) -> tuple[int, ...]:
    """Where in the sequence the stop hook's decisions stand."""
    return tuple(at for at, envelope in enumerate(envelopes) if isinstance(envelope.data, HookDecided))


def explain(envelopes: Sequence[Envelope], number: int | None = None) -> Explanation:
    """Explain the decision of that number (from 1; None: the last). Raises NoDecision, in words for a person."""
    places = decisions(envelopes)
    wanted = len(places) if number is None else number
    if not 1 <= wanted <= len(places):
        raise NoDecision(_no_such(wanted, len(places)))
    at = places[wanted - 1]
    since = places[wanted - 2] + 1 if wanted > 1 else 0
    envelope = envelopes[at]
    assert isinstance(envelope.data, HookDecided)
    turn, before = envelopes[since:at], envelopes[:since]
    facts, decision = envelope.data.facts, envelope.data.decision
    return Explanation(
        session=envelope.session,
        number=wanted,
        of=len(places),
        id=envelope.id,
        iteration=envelope.iteration,
        at=envelope.at,
        decision=decision,
        sentence=_sentence(decision),
        rules=_rules(facts, decision.rule),
        evidence=evidence(before, turn),
        claims=_claims(envelopes[:at], turn),
        confidence=_confidence(facts, decision),
        memory=_memory(facts, decision, turn),
        would_change=what_would_change(facts),
    )


def _no_such(wanted: int, total: int) -> str:
    if total == 0:
        return "the stop hook has not decided anything yet; ask again when a turn is over"
    return f"there is no decision {wanted}; the session has 1 to {total}"


def _sentence(decision: Decision) -> str:
    verb = {
        Action.CONTINUE: "It went on",
        Action.ESCALATE: "It asked a person",
        Action.TERMINATE: "It ended as a success" if decision.outcome == "success" else "It ended",
    }[decision.action]
    return f"{verb} because {one_line(decision.reason)} (rule `{decision.rule}`, branch {decision.branch})."


def _rules(facts: Facts, decided: str) -> tuple[RuleShown, ...]:
    order = [rule.name for rule in RULES]
    return tuple(
        RuleShown(
            rule=seen.rule,
            branch=seen.branch,
            held=seen.held,
            decided=seen.rule == decided,
            shadow=decided in order and order.index(seen.rule) > order.index(decided),
            observed=seen.observed,
            limit=_limit(facts, seen.limit),
        )
        for seen in shadows(facts)
    )


def _limit(facts: Facts, limit: str) -> str:
    """The limit's value beside its name."""
    values = {
        "max_iterations": f"{facts.max_iterations} iterations",
        "max_time": lasting(facts.max_time / 1_000_000),
        "cap": f"cap {show(facts.cap)}",
        "ask line": f"ask line {show(facts.ask_line)}",
        "max_retries, no open risk": f"{facts.max_retries} tries, no open risk",
        "stall_limit": f"{facts.stall_limit} turns",
        "broken_limit": f"{facts.broken_limit} in a row",
    }
    return values.get(limit, limit)


def _table(rules: tuple[RuleShown, ...]) -> tuple[str, ...]:
    lines: list[str] = []
    for branch, title in BRANCHES.items():
        lines.append(f"{branch} {title}")
        for row in (row for row in rules if row.branch == branch):
            compared = f"{row.observed} (limit: {row.limit})" if row.limit else row.observed
            lines.append(f"  {row.mark} {row.rule}: {compared} · {row.result}")
    return tuple(lines)


def _claims(all_before: Sequence[Envelope], turn: Sequence[Envelope]) -> tuple[str, ...]:
    plan = next((one.data for one in reversed(all_before) if isinstance(one.data, PlanMade)), None)
    said = [f"planner: {one_line(plan.why)}"] if plan is not None and plan.why else []
    for envelope in turn:
        if isinstance(envelope.data, ActionProposed):
            made = envelope.data.proposal
            said.append(
                f"{one_line(made.agent)}: {one_line(made.why)}; it expects: {one_line(made.expects)} "
                f"(says it is {made.confidence:.0%} sure)"
            )
    return tuple(said)


def _confidence(facts: Facts, decision: Decision) -> str:
    """The figure with what it is made of, computed again."""
    rule = select(facts)
    value = f"{decision.confidence:.2f}"
    if rule.action is not Action.CONTINUE:
        return f"{value}: it rests on observed facts alone"
    if rule.name == "known_fix":
        made = f"({facts.fix_wins} + 1) / ({facts.fix_tries} + 2)"
        what = (
            f"the fix's record counts as {facts.fix_wins} of {facts.fix_tries} trials here"
            if facts.fix_tries
            else "nothing is known of the fix here"
        )
    else:
        seen = facts.kept + facts.broken
        made = f"({facts.kept} + 1) / ({seen} + 2)"
        what = f"{facts.kept} of {seen} expectations of this session were kept"
    expected = one_line(decision.next_expected_state)
    return f"{value} = {made}: {what} (Laplace's rule of succession); next expected: {expected}"


def _memory(facts: Facts, decision: Decision, turn: Sequence[Envelope]) -> tuple[str, ...]:
    """What memory changed here, and what was remembered for the next time."""
    without = confidence(select(facts), replace(facts, fix_wins=0, fix_tries=0))
    lines: list[str] = []
    if decision.rule == "known_fix" and facts.fix_tries:
        lines.append(
            f"the best remedy's record counts as {facts.fix_wins} of {facts.fix_tries} trials: "
            f"confidence {decision.confidence:.2f}, where it would be {without:.2f} without that record"
        )
    for envelope in turn:
        match envelope.data:
            case LessonLearned(lesson=lesson):
                told = f"fix `{one_line(lesson.fix)}` {lesson.result} against {one_line(lesson.fingerprint)}"
                lines.append(f"learned: {told}")
            case StepReviewed(diagnosis=Diagnosis(ranking=ranking)) if ranking is not UNSET:
                lines += moved(ranking)
            case _:
                pass
    return tuple(lines) or ("memory changed nothing here",)


def _instead(one: Counterfactual) -> str:
    return f"branch {one.branch}: {one.words}"
