"""What the laws speak about: a stop hook's paths as formulas, claims on them, and the solver that tries to refute."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace
from typing import Any

import z3  # type: ignore[import-untyped]

from prove.symbolic import Explorer, Formula, Path, proxies, terms, witness

RISKS = ("destructive", "high_cost", "unclear_impact", "guard_unavailable", "asked_by_person", "checks_changed")


@dataclass(frozen=True)
class Claim:
    """A formula that no facts may satisfy; or, when `possible`, one that some facts must."""

    text: str
    formula: Formula
    possible: bool = False


@dataclass(frozen=True)
class World:
    """A stop hook with all the paths of its `decide`. `facts` holds the unknowns; the rest are formulas about them."""

    hook: ModuleType
    explorer: Explorer
    facts: SimpleNamespace
    assumed: Formula
    paths: tuple[Path[Any], ...]

    def when(self, test: Callable[[Any], bool]) -> Formula:
        """The facts on which the decision passes the test."""
        return z3.Or(*(path.when for path in self.paths if path.raised is None and test(path.result)))

    def action(self, *names: str) -> Formula:
        """The facts on which one of these is what is to happen."""
        return self.when(lambda decision: decision.action in names)

    def rule(self, name: str) -> Formula:
        """The facts on which this rule decides."""
        return self.when(lambda decision: decision.rule == name)

    @property
    def success(self) -> Formula:
        """The facts that end a session as a success."""
        return self.when(lambda decision: decision.outcome == "success")

    @property
    def met(self) -> Formula:
        """The goal as the blueprint words it: at least one check, all pass, fresh, unchanged."""
        f = self.facts
        return z3.And(f.checks_declared > 0, f.checks_passed >= f.checks_declared, f.evidence_fresh, ~f.checks_changed)

    @property
    def risk(self) -> Formula:
        """Something only a person may accept is open."""
        return z3.Or(*(getattr(self.facts, name) for name in RISKS))

    @property
    def remedy(self) -> Formula:
        """A known pattern with a remedy that may still be tried."""
        f = self.facts
        return z3.And(f.pattern_known, f.fixes_left > 0, f.retries < f.max_retries)

    @property
    def hard_stops(self) -> dict[str, Formula]:
        """Branch 1, in the table's order."""
        f = self.facts
        return {
            "stopped_by_person": f.stop_requested,
            "rejected_by_person": f.rejected,
            "max_iterations": z3.If(self.met, f.taken > f.max_iterations, f.taken >= f.max_iterations),
            "max_time": f.worked >= f.max_time,
            "budget_exceeded": z3.Or(f.cap_refused, f.spent > f.cap),
            "permission_violation": f.violation,
        }

    @property
    def hard_stop(self) -> Formula:
        """Any condition of branch 1."""
        return z3.Or(*self.hard_stops.values())

    @property
    def stuck(self) -> Formula:
        """Going on needs a person: nothing known helps, nothing changes, or expectations break."""
        f = self.facts
        return z3.Or(z3.And(f.failing, ~self.remedy), f.stalled >= f.stall_limit, f.broken >= f.broken_limit)

    @property
    def leave_to_go_on(self) -> Formula:
        """A person approved the next act, or tries that a person granted are left."""
        return z3.Or(self.facts.pinned, self.facts.granted > 0)

    def twin(self, *names: str) -> tuple[SimpleNamespace, Callable[[Formula], Formula]]:
        """A second set of facts that differs in these fields alone, and formulas as they read on it."""
        mine = vars(self.facts)
        theirs = {name: z3.Const(f"{mine[name]}'", mine[name].sort()) for name in names}
        pairs = [(mine[name], theirs[name]) for name in names]
        return SimpleNamespace(**{**mine, **theirs}), lambda formula: z3.substitute(formula, *pairs)


def survey(hook: ModuleType) -> World:
    """Every path of the hook's `decide`, on any facts. Only counts that the confidence divides by are taken as ≥ 0."""
    facts = SimpleNamespace(**terms(hook.Facts))
    assumed = z3.And(facts.fix_wins >= 0, facts.fix_tries >= facts.fix_wins, facts.kept >= 0, facts.broken >= 0)
    explorer = Explorer(assumed)
    unknown = hook.Facts(**proxies(hook.Facts, explorer))
    return World(hook, explorer, facts, assumed, tuple(explorer.explore(lambda: hook.decide(unknown))))


Law = Callable[[World], Iterator[Claim]]


def refute(world: World, law: Law) -> str | None:
    """Why the law fails, with the smallest telling of the facts on which it does; None when it is proved."""
    for claim in law(world):
        solver = z3.Solver()
        solver.add(world.assumed, claim.formula)
        answer = solver.check()
        if answer == z3.unknown:
            return f"{claim.text}: the solver gave up ({solver.reason_unknown()})"
        if claim.possible and answer == z3.unsat:
            return f"{claim.text}, on any facts"
        if not claim.possible and answer == z3.sat:
            return f"{claim.text}, when {_facts_in_words(world, solver)}"
    return None


def _facts_in_words(world: World, solver: Formula) -> str:
    """The facts of a counterexample, as far as they are not the defaults; a twin's follow with a prime."""
    plain = [term >= 0 for term in vars(world.facts).values() if z3.is_int(term)]
    if solver.check(*plain) != z3.sat:
        solver.check()
    model = solver.model()
    defaults = world.hook.Facts()
    mine = witness(world.hook.Facts, model)
    told = [f"{name}={value}" for name, value in mine.items() if value != getattr(defaults, name)]
    return ", ".join([*told, *(f"{c}={model[c]}" for c in model.decls() if c.name().endswith("'"))]) or "all is default"
