"""Learning: what the record of fixes says about the next choice. Counting, not training; every figure can be redone.

A fix's chance of working is Beta-distributed: Laplace's uniform prior Beta(1, 1), plus what was seen and still counts.
Candidates are ordered by what a try is worth: the Gittins index of that distribution (what the chance may turn out to
be is worth something while the failure will come back), per what a try costs. No draw is random: the same record gives
the same order, and the recorded standings give it again.
"""

from collections.abc import Mapping, Sequence
from math import exp, lgamma, log, log1p, pi, sqrt

from msgspec import Struct, structs

from interlock.core.memory import Remembered
from interlock.core.plan import Proposal
from interlock.core.remediation import RiskClass, Standing

INTERVAL = 0.80
UNKNOWN = 0.5
ELSEWHERE = 0.5
RETURNS = 20
RISK_BURDENS: Mapping[RiskClass, float] = {"safe": 1.0, "env": 1.05, "ask": 2.0, "stop": 2.0}
A_TRY = 1_000_000


class Candidate(Struct, frozen=True, kw_only=True):
    """A proposal with what ranking needs besides: its risk class and its place in the order of evidence."""

    proposal: Proposal
    risk: RiskClass = "safe"


class Ranking(Struct, frozen=True, kw_only=True):
    """Proposals worth a try, best first, and every candidate's standing in the same order, those left out at the end.

    `remembered` says whether memory knows anything of these candidates.
    """

    proposals: tuple[Proposal, ...] = ()
    standings: tuple[Standing, ...] = ()
    remembered: bool = False


def confidence(wins: float, tries: float) -> float:
    """The expected chance that a fix works, after `wins` in `tries`: Laplace's rule of succession."""
    return (wins + 1) / (tries + 2)


def interval(wins: float, tries: float, level: float = INTERVAL) -> tuple[float, float]:
    """The equal-tailed credible interval of a fix's chance: bounds in 0..1 that hold with probability `level`.

    Quantiles of Beta(wins + 1, tries - wins + 1), the posterior of a uniform prior (Bayes 1763; Gelman et al.,
    "Bayesian Data Analysis", 2.3).
    """
    tail = (1 - level) / 2
    return _quantile(wins, tries, tail), _quantile(wins, tries, 1 - tail)


def worth_trying(wins: float, tries: float) -> bool:
    """Whether a fix may still be as good as one that nobody has tried. Three failures without a success end it.

    It is passed over only when even an optimistic reading of its record, the upper end of its interval, promises less
    (the reading of Bayes-UCB; Kaufmann, Cappé, Garivier 2012).
    """
    return not tries or 1 - _below(wins + 1, tries - wins + 1, UNKNOWN) >= (1 - INTERVAL) / 2


def index(wins: float, tries: float) -> float:
    """What a try promises, what it may teach included: the Gittins index of a fix, in 0..1 or a little above.

    For a failure that is expected to come back RETURNS times more. The closed form is that of Brezzi and Lai 2002,
    "Optimal learning and experimentation in bandit problems": mean + deviation * psi(s).
    """
    mean, count = confidence(wins, tries), tries + 2
    deviation = sqrt(mean * (1 - mean) / (count + 1))
    return mean + deviation * _boundary(RETURNS / (count + 1))


def burden(risk: RiskClass, cost: float, refused: int) -> float:
    """What a try costs, in plain tries: by risk class, once more for each time a person refused it, and by its money.

    `cost` is what it cost so far on average, in micro-dollars; A_TRY of them weigh as much as one more try.
    """
    return RISK_BURDENS[risk] * (1 + refused) + cost / A_TRY


def rank(candidates: Sequence[Candidate], memory: Sequence[Remembered], fingerprint: str, environment: str) -> Ranking:
    """The candidates by worth: index per burden, best first, which makes the expected cost until one works least
    (Simon and Kadane 1975, "Optimal problem-solving search"). Among equals the order of evidence they came in holds.

    The record of this store in this environment overrides; without one, records from other environments and other
    stores count half. A fix not worth its trial is left out while another candidate remains.
    """
    records = [seen for seen in memory if _counts(seen, fingerprint)]
    plain = _order([_standing(one, [], environment) for one in candidates])
    places = {at: place for place, at in enumerate(plain, 1)}
    standings = [
        structs.replace(_standing(one, records, environment), before=places[at]) for at, one in enumerate(candidates)
    ]
    worth = [worth_trying(one.counted_wins, one.counted_tries) for one in standings]
    left_out = [any(worth) and not is_worth for is_worth in worth]
    order = sorted(_order(standings), key=lambda at: left_out[at])
    return Ranking(
        proposals=tuple(
            structs.replace(candidates[at].proposal, confidence=round(standings[at].chance, 4))
            for at in order
            if not left_out[at]
        ),
        standings=tuple(structs.replace(standings[at], left_out=left_out[at]) for at in order),
        remembered=any(one.counted_tries or one.refused for one in standings),
    )


def whole(wins: float, tries: float) -> tuple[int, int]:
    """The record in whole trials that promises what this one does, as closely as whole numbers can."""
    count = round(tries)
    return min(count, max(0, round(confidence(wins, tries) * (count + 2) - 1))), count


def remembered_words(wins: int, tries: int) -> str:
    """The record in words, empty when there is none."""
    return f"worked {wins} of {tries} {'time' if tries == 1 else 'times'} here" if tries else ""


def _counts(seen: Remembered, fingerprint: str) -> bool:
    return seen.fingerprint == fingerprint and not seen.forgotten and (seen.tries > 0 or seen.refused > 0)


def _order(standings: Sequence[Standing]) -> list[int]:
    return sorted(range(len(standings)), key=lambda at: -standings[at].worth)


def _standing(candidate: Candidate, records: Sequence[Remembered], environment: str) -> Standing:
    """The candidate's standing, as yet without its place."""
    fix = candidate.proposal.fix or ""
    own = [seen for seen in records if seen.fix == fix]
    here = next((seen for seen in own if seen.environment == environment and not seen.origin), None)
    if here is not None and here.tries:
        wins, tries = here.counted_wins, here.counted_tries
    else:
        wins = ELSEWHERE * sum(seen.counted_wins for seen in own)
        tries = ELSEWHERE * sum(seen.counted_tries for seen in own)
    wins, tries = round(wins, 4), round(tries, 4)
    cost = here.cost // here.tries if here and here.tries else 0
    refused = here.refused if here else 0
    return Standing(
        fix=fix,
        before=0,
        risk=candidate.risk,
        wins=here.wins if here else 0,
        tries=here.tries if here else 0,
        counted_wins=wins,
        counted_tries=tries,
        cost=cost,
        refused=refused,
        chance=round(confidence(wins, tries), 4),
        worth=round(index(wins, tries) / burden(candidate.risk, cost, refused), 6),
    )


def _boundary(s: float) -> float:
    """Brezzi and Lai's psi: how many deviations of its mean an unknown chance is worth more than a known one."""
    if s <= 0.2:
        return sqrt(s / 2)
    if s <= 1:
        return 0.49 - 0.11 / sqrt(s)
    if s <= 5:
        return 0.63 - 0.26 / sqrt(s)
    if s <= 15:
        return 0.77 - 0.58 / sqrt(s)
    return sqrt(2 * log(s) - log(log(s)) - log(16 * pi))


def _quantile(wins: float, tries: float, probability: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(16):
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
