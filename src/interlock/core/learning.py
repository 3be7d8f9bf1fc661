"""Learning: what the record of fixes says about the next choice. Counting, not training; every figure can be redone.

A fix's chance of working is Beta-distributed: Laplace's uniform prior Beta(1, 1), plus what was seen. The rule for
giving a fix up is that of Bayes-UCB (Kaufmann, Cappé, Garivier 2012): an option is passed over only when even an
optimistic reading of its record promises less than an option of which nothing is known.
"""

from collections.abc import Mapping, Sequence
from math import exp, lgamma, log, log1p

from msgspec import Struct, structs

from interlock.core.memory import Remembered
from interlock.core.plan import Proposal
from interlock.core.remediation import RiskClass

INTERVAL = 0.80
UNKNOWN = 0.5
ELSEWHERE = 0.5
_RISKS: tuple[RiskClass, ...] = ("safe", "env", "ask", "stop")


class Candidate(Struct, frozen=True, kw_only=True):
    """A proposal with what ranking needs besides: its risk class and its place in the order of evidence."""

    proposal: Proposal
    risk: RiskClass = "safe"


class Ranked(Struct, frozen=True, kw_only=True):
    """A candidate with its record here: `confidence` is the expected chance, `wins` of `tries` were seen here."""

    proposal: Proposal
    confidence: float
    wins: int = 0
    tries: int = 0


def confidence(wins: float, tries: float) -> float:
    """The expected chance that a fix works, after `wins` in `tries`: Laplace's rule of succession."""
    return (wins + 1) / (tries + 2)


def interval(wins: int, tries: int, level: float = INTERVAL) -> tuple[float, float]:
    """The equal-tailed credible interval of a fix's chance: bounds in 0..1 that hold with probability `level`."""
    tail = (1 - level) / 2
    return _quantile(wins, tries, tail), _quantile(wins, tries, 1 - tail)


def worth_trying(wins: int, tries: int) -> bool:
    """Whether a fix may still be as good as one that nobody has tried. Three failures without a success end it."""
    return not tries or interval(wins, tries)[1] >= UNKNOWN


def rank(
    candidates: Sequence[Candidate], memory: Sequence[Remembered], fingerprint: str, environment: str
) -> tuple[Ranked, ...]:
    """The candidates, best first: by expected chance, then risk, then cost, then the order of evidence they came in.

    The record in this environment counts in full and overrides the order of evidence; without one, records from other
    environments count half. A fix not worth its trial is left out while another candidate remains.
    """
    records = {(seen.fix, seen.environment): seen for seen in memory if _counts(seen, fingerprint)}
    scored = [(_score(candidate, records, environment), candidate) for candidate in candidates]
    worth = [pair for pair in scored if worth_trying(pair[0].wins, pair[0].tries)]
    ordered = sorted(worth or scored, key=lambda pair: _order(pair[0], pair[1], records, environment))
    return tuple(ranked for ranked, _ in ordered)


def remembered_words(wins: int, tries: int) -> str:
    """The record in words, empty when there is none."""
    return f"worked {wins} of {tries} {'time' if tries == 1 else 'times'} here" if tries else ""


def _counts(seen: Remembered, fingerprint: str) -> bool:
    return seen.fingerprint == fingerprint and not seen.forgotten and seen.tries > 0


def _score(candidate: Candidate, records: Mapping[tuple[str, str], Remembered], environment: str) -> Ranked:
    fix = candidate.proposal.fix or ""
    if here := records.get((fix, environment)):
        chance, wins, tries = confidence(here.wins, here.tries), here.wins, here.tries
    else:
        others = [seen for (name, _), seen in records.items() if name == fix]
        chance = confidence(
            ELSEWHERE * sum(seen.wins for seen in others), ELSEWHERE * sum(seen.tries for seen in others)
        )
        wins, tries = 0, 0
    proposal = structs.replace(candidate.proposal, confidence=round(chance, 4))
    return Ranked(proposal=proposal, confidence=chance, wins=wins, tries=tries)


def _order(
    ranked: Ranked, candidate: Candidate, records: Mapping[tuple[str, str], Remembered], environment: str
) -> tuple[float, int, float]:
    here = records.get((candidate.proposal.fix or "", environment))
    return -ranked.confidence, _RISKS.index(candidate.risk), here.cost / here.tries if here else 0.0


def _quantile(wins: int, tries: int, probability: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if _below(wins + 1, tries - wins + 1, middle) < probability else (low, middle)
    return (low + high) / 2


def _below(a: float, b: float, chance: float) -> float:
    """The probability that a Beta(a, b) lies below `chance`: the regularised incomplete beta function."""
    if chance > (a + 1) / (a + b + 2):
        return 1 - _below(b, a, 1 - chance)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(chance) + b * log1p(-chance)) / a
    return front * _fraction(a, b, chance)


def _fraction(a: float, b: float, x: float) -> float:
    """Its continued fraction (DLMF 8.17.22) by Lentz's method, which converges quickly below the mean."""
    total, c, d = 1.0, 1.0, 0.0
    for m in range(1, 200):
        k, odd = divmod(m - 1, 2)
        top = -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1))
        if odd:
            k += 1
            top = k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k))
        d = 1 / (1 + top * d)
        c = 1 + top / c
        total *= c * d
        if abs(c * d - 1) < 1e-12:
            break
    return 1 / total if total else 0.0
