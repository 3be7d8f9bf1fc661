"""Failures, their fingerprints, and what may help: the words that debugger, hooks and memory share."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from interlock.core.plan import Proposal

RiskClass = Literal["safe", "env", "ask", "stop"]


class Failure(Struct, frozen=True, kw_only=True):
    """What broke. `where`: `check:NAME`, `task:NAME`, `service:NAME`, `skill:NAME` or `tool:SERVER.TOOL`.

    `output` is an extract (≤ 4 KB).

    `fingerprint` is the normalised signature's digest, `signature` the line that a person reads.
    """

    where: str
    fingerprint: str
    signature: str
    output: str = ""
    exit_code: int | None = None


class Standing(Struct, frozen=True, kw_only=True):
    """Why a candidate stands where it does: all that its place was computed from, so that it can be computed again.

    `before` is its place (from 1) without memory. `wins` of `tries` were seen here, of which `counted_wins` of
    `counted_tries` still count, records from elsewhere included; `cost` is micro-dollars a try. `chance` is expected,
    `worth` is what candidates are ordered by. `left_out`: its record promises too little for another try.
    """

    fix: str
    before: int
    risk: RiskClass = "safe"
    wins: int = 0
    tries: int = 0
    counted_wins: float = 0.0
    counted_tries: float = 0.0
    cost: int = 0
    refused: int = 0
    chance: float = 0.5
    worth: float = 0.0
    left_out: bool = False


class Diagnosis(Struct, frozen=True, kw_only=True):
    """What the debugger makes of a failure: the pattern it matches, and candidates ranked best first.

    `candidates` are proposals not yet used up here. `wins`/`tries` is the best candidate's record in memory, as far as
    it still counts, in whole trials. `advice` is set where the honest answer is "stop, and say what is wrong".
    `ranking` tells each candidate's standing, best first, where memory had a say.
    """

    pattern: str | None = None
    title: str = ""
    candidates: tuple[Proposal, ...] = ()
    wins: int = 0
    tries: int = 0
    remembered: str = ""
    advice: str = ""
    ranking: tuple[Standing, ...] | UnsetType = UNSET  # absent, so that older records keep their bytes


class Lesson(Struct, frozen=True, kw_only=True):
    """One outcome of one fix: what operational memory is made of. `cost` is in micro-dollars.

    `refused`: it was not tried, because a person rejected it.
    """

    fingerprint: str
    fix: str
    environment: str
    worked: bool
    cost: int = 0
    refused: bool | UnsetType = UNSET

    @property
    def is_refusal(self) -> bool:
        """A person's no, and not a trial."""
        return self.refused is True

    @property
    def result(self) -> str:
        """In words."""
        return "was refused by a person" if self.is_refusal else "worked" if self.worked else "did not help"
