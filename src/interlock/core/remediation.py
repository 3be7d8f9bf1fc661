"""Failures, their fingerprints, and what may help: the words that debugger, hooks and memory share."""

from typing import Literal

from msgspec import Struct

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


class Diagnosis(Struct, frozen=True, kw_only=True):
    """What the debugger makes of a failure: the pattern it matches, and candidates ranked best first.

    `candidates` are proposals not yet used up here. `wins`/`tries` is the best candidate's record in memory.
    `advice` is set where the honest answer is "stop, and say what is wrong".
    """

    pattern: str | None = None
    title: str = ""
    candidates: tuple[Proposal, ...] = ()
    wins: int = 0
    tries: int = 0
    remembered: str = ""
    advice: str = ""


class Lesson(Struct, frozen=True, kw_only=True):
    """One outcome of one fix: what operational memory is made of. `cost` is in micro-dollars."""

    fingerprint: str
    fix: str
    environment: str
    worked: bool
    cost: int = 0
