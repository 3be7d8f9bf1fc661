"""The laws of the stop hook, each spelled without the hook's own helpers, as claims for a solver to refute."""

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import msgspec
import z3  # type: ignore[import-untyped]

from prove.symbolic import Formula, Number, Path, proxies, witness
from prove.world import RISKS, Claim, Law, World

OUTCOMES = {"checks_pass": "success", "rejected_by_person": "rejected"}  # every other rule is its own outcome
OUT_OF_RECORD = ("expects", "fix_wins", "fix_tries", "kept")
WORSE_WHEN_MORE = ("taken", "worked", "spent", "retries", "stalled", "broken")
WORSE_WHEN_LESS = ("max_iterations", "max_time", "cap", "max_retries", "fixes_left", "granted")


def total(world: World) -> Iterator[Claim]:
    """Every facts give one decision, and no exception."""
    for path in world.paths:
        if path.raised is not None:
            yield Claim(f"decide raises {type(path.raised).__name__}: {path.raised}", path.when)
    yield Claim("no path is taken", ~z3.Or(*(path.when for path in world.paths)))
    yield Claim("two paths are taken", z3.PbGe([(path.when, 1) for path in world.paths], 2))
    names = [rule.name for rule in world.hook.RULES]
    sound = world.when(
        lambda d: (
            d.rule in names
            and d.outcome == OUTCOMES.get(d.rule, d.rule)
            and bool(d.reason)
            and d.action in ("continue", "escalate", "terminate")
        )
    )
    yield Claim("the decision is not well formed", ~sound)


def hard_stops_dominate(world: World) -> Iterator[Claim]:
    """Any condition of branch 1 terminates, by the first of them; without one, no hard stop is named."""
    earlier: Formula = z3.BoolVal(False)
    for name, condition in world.hard_stops.items():
        named = z3.And(world.rule(name), world.when(lambda d: d.action == "terminate" and d.branch == 1))
        yield Claim(f"{name} does not end it", z3.And(condition, ~earlier, ~named))
        yield Claim(f"{name} is named without cause", z3.And(world.rule(name), ~condition))
        earlier = z3.Or(earlier, condition)


def success_is_earned(world: World) -> Iterator[Claim]:
    """Success needs a check, all passing, fresh, unchanged; and nothing else is asked of it but no hard stop."""
    f = world.facts
    yield Claim("success without a check", z3.And(world.success, f.checks_declared < 1))
    yield Claim("success with a check that fails", z3.And(world.success, f.checks_passed < f.checks_declared))
    yield Claim("success on stale evidence", z3.And(world.success, ~f.evidence_fresh))
    yield Claim("success with changed check files", z3.And(world.success, f.checks_changed))
    yield Claim("success denied", z3.And(world.met, ~world.hard_stop, ~world.success))


def open_risk_never_continues(world: World) -> Iterator[Claim]:
    """While something stands open that only a person may accept, nothing goes on."""
    for name in RISKS:
        yield Claim(f"{name} continues", z3.And(getattr(world.facts, name), world.action("continue")))


def more_risk_never_loosens(world: World) -> Iterator[Claim]:
    """Turning any risk on never turns an end or a question into going on, nor anything into success."""
    yield from _never_loosens(world, RISKS, lambda mine, theirs: z3.Implies(mine, theirs))


def less_room_never_loosens(world: World) -> Iterator[Claim]:
    """More used, or less left, never turns an end or a question into going on, nor anything into success."""
    yield from _never_loosens(world, WORSE_WHEN_MORE, lambda mine, theirs: theirs >= mine)
    yield from _never_loosens(world, WORSE_WHEN_LESS, lambda mine, theirs: theirs <= mine)


def _never_loosens(
    world: World, fields: tuple[str, ...], worse: Callable[[Formula, Formula], Formula]
) -> Iterator[Claim]:
    theirs, on = world.twin(*fields)
    tighter = z3.And(*(worse(getattr(world.facts, name), getattr(theirs, name)) for name in fields))
    held = world.action("escalate", "terminate")
    yield Claim("an end or a question became going on", z3.And(tighter, held, on(world.action("continue"))))
    yield Claim("no success became success", z3.And(tighter, ~world.success, on(world.success)))


def max_is_exact(world: World) -> Iterator[Claim]:
    """Never one turn more than allowed, never one less, and success on the last turn is success."""
    f = world.facts
    used = f.taken >= f.max_iterations
    yield Claim("one turn too many", z3.And(used, ~world.met, world.action("continue", "escalate")))
    yield Claim("ended a turn early", z3.And(f.taken < f.max_iterations, world.rule("max_iterations")))
    last = z3.And(f.taken == f.max_iterations, world.met)
    yield Claim("success on the last turn is lost", z3.And(last, world.rule("max_iterations")))
    yield Claim("success on the last turn cannot be", z3.And(last, world.success), possible=True)


def branches_keep_to_their_action(world: World) -> Iterator[Claim]:
    """Branches 1 and 2 terminate, 3 and 5 continue, 4 escalates: nothing else does."""
    for action, branches in (("terminate", (1, 2)), ("continue", (3, 5)), ("escalate", (4,))):
        mine = world.when(lambda d, branches=branches: d.branch in branches)  # type: ignore[misc]
        yield Claim(f"{action} and branches {branches} differ", mine != world.action(action))
    order = [rule.branch for rule in world.hook.RULES]
    yield Claim("the table is not in the order of its branches", z3.BoolVal(order != sorted(order)))


def stuck_asks_a_person(world: World) -> Iterator[Claim]:
    """What nothing known helps, and what gets nowhere, goes on by a person's leave alone; and only that is asked."""
    f = world.facts
    unhelped = z3.And(f.failing, ~world.remedy)
    untried = z3.And(world.stuck, ~z3.And(f.failing, world.remedy))
    free = world.action("continue")
    yield Claim("a failure nobody knows goes on unasked", z3.And(unhelped, ~world.leave_to_go_on, free))
    yield Claim("no progress goes on unasked", z3.And(untried, ~world.leave_to_go_on, free))
    asked = world.action("escalate")
    yield Claim("a person is asked for nothing", z3.And(asked, ~world.risk, ~world.stuck))
    yield Claim("a person is asked what was answered", z3.And(asked, ~world.risk, world.leave_to_go_on))


def known_fix_is_tried(world: World) -> Iterator[Claim]:
    """A known failure with a safe remedy left is remedied unasked; and only that is called a known fix."""
    fixable = z3.And(world.facts.failing, world.remedy, ~world.risk)
    clear = z3.And(fixable, ~world.hard_stop, ~world.met)
    yield Claim("a safe known fix is not tried", z3.And(clear, ~world.action("continue")))
    yield Claim("a fix is called known that is not", z3.And(world.rule("known_fix"), ~fixable))


def questions_name_their_cause(world: World) -> Iterator[Claim]:
    """The rule that asks holds on the facts it names."""
    f = world.facts
    causes = {name: getattr(f, name) for name in RISKS if name != "destructive"} | {
        "destructive_action": f.destructive,
        "unknown_failure": z3.And(f.failing, ~world.remedy),
        "no_progress": f.stalled >= f.stall_limit,
        "broken_expectation": f.broken >= f.broken_limit,
    }
    for name, cause in causes.items():
        yield Claim(f"{name} is named without cause", z3.And(world.rule(name), ~cause))


def claims_never_decide(world: World) -> Iterator[Claim]:
    """What agents expect, and how often they were right, never changes what is to happen."""
    _, on = world.twin(*OUT_OF_RECORD)
    assumed = on(world.assumed)
    for rule in world.hook.RULES:
        mine = world.rule(rule.name)
        yield Claim(f"{rule.name} hangs on a claim", z3.And(assumed, mine, ~on(mine)))


def confidence_is_a_share(world: World) -> Iterator[Claim]:
    """Confidence is in 0..1, and certain where a decision rests on observed facts."""
    shares: dict[tuple[str, bool], tuple[Formula, list[Formula]]] = {}
    for path in world.paths:
        if path.result is not None:
            found = path.result.confidence
            share = found.term if isinstance(found, Number) else z3.RealVal(found)
            key = (share.sexpr(), path.result.action == "continue")
            shares.setdefault(key, (share, []))[1].append(path.when)
    for (_, goes_on), (share, paths) in shares.items():
        yield Claim("confidence is no share", z3.And(z3.Or(*paths), z3.Or(share < 0, share > 1)))
        if not goes_on:
            yield Claim("an observed fact is doubted", z3.And(z3.Or(*paths), share != 1))


def every_rule_decides(world: World) -> Iterator[Claim]:
    """Each row of the table is the one that decides on some facts: no row is dead."""
    for rule in world.hook.RULES:
        yield Claim(f"{rule.name} never decides", world.rule(rule.name), possible=True)


def deciding_again_is_identical(world: World) -> Iterator[Claim]:
    """The same facts give the same decision: on the same path, and on real facts that were stored and read back."""
    unknown = world.hook.Facts(**proxies(world.hook.Facts, world.explorer))
    stored_facts = msgspec.json.Decoder(world.hook.Facts)
    solver = z3.Solver()
    solver.add(world.assumed)
    for path in world.paths:
        again = world.explorer.follow(lambda: world.hook.decide(unknown), path.turnings)
        if _told(again) != _told(path):
            yield Claim("decided otherwise the second time", path.when)
        elif path.result is not None and not _same_on_real_facts(world.hook, path, stored_facts, _model(solver, path)):
            yield Claim("real facts are decided otherwise than unknown ones", path.when)


def _told(path: Path[Any]) -> tuple[str, ...]:
    said = () if path.result is None else msgspec.structs.astuple(path.result)
    return (repr(path.raised), str(len(path.turnings)), *map(str, said))


def _model(solver: Formula, path: Path[Any]) -> Formula | None:
    solver.push()
    solver.add(path.when)
    model = solver.model() if solver.check() == z3.sat else None
    solver.pop()
    return model


def _same_on_real_facts(hook: ModuleType, path: Path[Any], stored: Any, model: Formula | None) -> bool:
    if model is None:
        return False
    real = hook.Facts(**witness(hook.Facts, model))
    first, second = hook.decide(real), hook.decide(stored.decode(msgspec.json.encode(real)))
    told: Any = path.result
    return bool(first == second and (first.rule, first.action) == (told.rule, told.action))


LAWS: tuple[Law, ...] = (
    total,
    open_risk_never_continues,
    success_is_earned,
    max_is_exact,
    hard_stops_dominate,
    more_risk_never_loosens,
    less_room_never_loosens,
    branches_keep_to_their_action,
    stuck_asks_a_person,
    known_fix_is_tried,
    questions_name_their_cause,
    claims_never_decide,
    confidence_is_a_share,
    every_rule_decides,
    deciding_again_is_identical,
)
