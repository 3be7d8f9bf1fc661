"""Run plain Python on unknown values: proxies whose truth test asks an explorer which way to go.

One run is one path. Where both ways are possible the explorer takes one and queues the other; what the assumptions rule
out is never taken. Depth first, each path run anew from the start.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

import msgspec
import z3  # type: ignore[import-untyped]

Formula: TypeAlias = Any  # z3 ships no types
T = TypeVar("T")

MOST_PATHS = 5_000


class Wandered(Exception):
    """A run did not repeat what an earlier run with the same choices did: the code reads more than its arguments."""


@dataclass(frozen=True)
class Turning:
    """A truth test on the way: what was asked, which way the run went, and all that is known from there on."""

    asked: Formula
    choice: bool
    known: Formula


@dataclass(frozen=True)
class Path(Generic[T]):
    """One way through the code: the turnings that lead along it, and what came of it."""

    turnings: tuple[Turning, ...]
    result: T | None
    raised: Exception | None

    @property
    def when(self) -> Formula:
        """The condition under which this path is the one taken."""
        return self.turnings[-1].known if self.turnings else z3.BoolVal(True)


class Explorer:
    """Finds every path of a function of symbolic arguments, under assumptions."""

    def __init__(self, *assumed: Formula) -> None:
        self._solver = z3.Solver()
        self._solver.add(*assumed)
        self._todo: list[tuple[Turning, ...]] = [()]
        self._known: tuple[Turning, ...] = ()
        self._way: list[Turning] = []
        self._answers: dict[int, bool] = {}

    def explore(self, run: Callable[[], T]) -> Iterator[Path[T]]:
        """All paths of `run`. Raises RuntimeError when there are more than MOST_PATHS."""
        paths = 0
        while self._todo:
            if (paths := paths + 1) > MOST_PATHS:
                raise RuntimeError(f"more than {MOST_PATHS} paths; look for a loop over an unknown value")
            yield self.follow(run, self._todo.pop())

    def follow(self, run: Callable[[], T], known: tuple[Turning, ...]) -> Path[T]:
        """One run that begins with these turnings."""
        self._known, self._way, self._answers = known, [], {}
        self._solver.push()
        if known:
            self._solver.add(known[-1].known)
        try:
            return Path(result=run(), raised=None, turnings=tuple(self._way))
        except Exception as raised:  # a raising path is a finding: the law of totality reports it
            return Path(result=None, raised=raised, turnings=tuple(self._way))
        finally:
            self._solver.pop()

    def choose(self, asked: Formula) -> bool:
        """Which way this run goes at the question. What was asked on the way already is not asked again."""
        answer = self._answers.get(asked.get_id())
        return self._at(asked) if answer is None else answer

    def _at(self, asked: Formula) -> bool:
        if len(self._way) < len(self._known):
            turning = self._known[len(self._way)]
            if not asked.eq(turning.asked):
                raise Wandered(f"asked {asked} where it asked {turning.asked} before")
        else:
            turning = self._turn(asked)
        self._way.append(turning)
        self._answers[turning.asked.get_id()] = turning.choice  # the turning keeps the term alive, so its id is its own
        return turning.choice

    def _turn(self, asked: Formula) -> Turning:
        before = self._way[-1].known if self._way else z3.BoolVal(True)
        not_so = z3.Not(asked)
        if not self._possible(asked):
            return self._go(asked, False, before, not_so)
        if self._possible(not_so):
            self._todo.append((*self._way, Turning(asked, False, z3.And(before, not_so))))
        return self._go(asked, True, before, asked)

    def _go(self, asked: Formula, choice: bool, before: Formula, says: Formula) -> Turning:
        self._solver.add(says)
        return Turning(asked, choice, z3.And(before, says))

    def _possible(self, condition: Formula) -> bool:
        # What the solver cannot settle counts as possible: a law may then fail wrongly, but never pass wrongly.
        return bool(self._solver.check(condition) != z3.unsat)


@dataclass(frozen=True, eq=False)
class Truth:
    """An unknown bool. Only its truth test forks; anything else that is done to it fails loudly."""

    explorer: Explorer
    term: Formula

    def __bool__(self) -> bool:
        return self.explorer.choose(self.term)


@dataclass(frozen=True, eq=False)
class Text:
    """An unknown str, of which only its being empty or not matters."""

    explorer: Explorer
    term: Formula

    def __bool__(self) -> bool:
        return self.explorer.choose(self.term)

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __str__(self) -> str:
        return f"‹{self.term}›"


@dataclass(frozen=True, eq=False)
class Number:
    """An unknown int, or the quotient of two: arithmetic builds terms, and only truth and division by zero fork."""

    explorer: Explorer
    term: Formula

    def _number(self, term: Formula) -> "Number":
        return Number(self.explorer, term)

    def _truth(self, term: Formula) -> Truth:
        return Truth(self.explorer, term)

    def __bool__(self) -> bool:
        return self.explorer.choose(self.term != 0)

    def __format__(self, spec: str) -> str:
        format(0, spec)  # a spec that an int refuses is refused here too
        return f"‹{self.term.hash()}›"  # equal terms read equal; printing the term would take longer than the proof

    def __str__(self) -> str:
        return format(self, "")

    def __eq__(self, other: object) -> Truth:  # type: ignore[override]
        return self._truth(self.term == _term(other))

    def __ne__(self, other: object) -> Truth:  # type: ignore[override]
        return self._truth(self.term != _term(other))

    def __lt__(self, other: object) -> Truth:
        return self._truth(self.term < _term(other))

    def __le__(self, other: object) -> Truth:
        return self._truth(self.term <= _term(other))

    def __gt__(self, other: object) -> Truth:
        return self._truth(self.term > _term(other))

    def __ge__(self, other: object) -> Truth:
        return self._truth(self.term >= _term(other))

    def __add__(self, other: object) -> "Number":
        return self._number(self.term + _term(other))

    def __sub__(self, other: object) -> "Number":
        return self._number(self.term - _term(other))

    def __mul__(self, other: object) -> "Number":
        return self._number(self.term * _term(other))

    def __radd__(self, other: object) -> "Number":
        return self._number(_term(other) + self.term)

    def __rsub__(self, other: object) -> "Number":
        return self._number(_term(other) - self.term)

    def __rmul__(self, other: object) -> "Number":
        return self._number(_term(other) * self.term)

    def __neg__(self) -> "Number":
        return self._number(-self.term)

    def __abs__(self) -> "Number":
        return self._number(z3.If(self.term < 0, -self.term, self.term))

    def __floordiv__(self, other: object) -> "Number":
        divisor = self._divisor(other)
        if isinstance(other, int) and other > 0:
            return self._number(self.term / divisor)
        # z3 rounds towards minus infinity only for a positive divisor.
        return self._number(z3.If(divisor > 0, self.term / divisor, (-self.term) / (-divisor)))

    def __mod__(self, other: object) -> "Number":
        return self - (self // other) * other

    def __divmod__(self, other: object) -> tuple["Number", "Number"]:
        quotient = self // other
        return quotient, self - quotient * other

    def __truediv__(self, other: object) -> "Number":
        return self._number(z3.ToReal(self.term) / z3.ToReal(self._divisor(other)))

    def _divisor(self, other: object) -> Formula:
        term = _term(other)
        if other == 0 if isinstance(other, int) else self.explorer.choose(term == 0):
            raise ZeroDivisionError("division by zero")
        return term


def _term(value: object) -> Formula:
    if isinstance(value, Number):
        return value.term
    if isinstance(value, int):
        return z3.IntVal(value)
    raise TypeError(f"cannot compare or compute an unknown number with `{value!r}`")


_TERMS: Mapping[type, Callable[[str], Formula]] = {
    bool: z3.Bool,
    int: z3.Int,
    str: lambda name: z3.Bool(f"{name} said"),
}
_PROXIES: Mapping[type, type[Truth | Number | Text]] = {bool: Truth, int: Number, str: Text}


def terms(kind: type[msgspec.Struct]) -> dict[str, Formula]:
    """A z3 constant for each field of a struct of bools, ints and strs."""
    return {field.name: _TERMS[field.type](field.name) for field in msgspec.structs.fields(kind)}


def proxies(kind: type[msgspec.Struct], explorer: Explorer) -> dict[str, Truth | Number | Text]:
    """A proxy for each field, over the same constants."""
    known = terms(kind)
    return {field.name: _PROXIES[field.type](explorer, known[field.name]) for field in msgspec.structs.fields(kind)}


def witness(kind: type[msgspec.Struct], model: Formula) -> dict[str, bool | int | str]:
    """Concrete values of every field in a solver's model."""
    values: dict[str, bool | int | str] = {}
    for field in msgspec.structs.fields(kind):
        value = model.eval(_TERMS[field.type](field.name), model_completion=True)
        if field.type is int:
            values[field.name] = value.as_long()
        else:
            values[field.name] = z3.is_true(value) if field.type is bool else "said" * z3.is_true(value)
    return values
