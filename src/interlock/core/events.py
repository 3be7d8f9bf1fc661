"""What has happened: one closed set of events, one envelope, and the bytes that are stored and hashed.

Money is integer micro-dollars, `at` unix micro-seconds. New fields get defaults; a changed meaning gets a new version.
"""

from typing import Any, Literal, get_args

import msgspec
from msgspec import Struct

from interlock.core.budget import Limits
from interlock.core.goal import Goal
from interlock.core.plan import Act, CheckResult, Effects, Proposal, Workspace
from interlock.core.policy import Risk
from interlock.core.remediation import Diagnosis, Failure, Lesson
from interlock.core.stop_hook import Decision, Facts

VERSION = 1


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that happened; its class name is the envelope's `kind`."""


class SessionStarted(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A person's words began a session. `grants` are the capabilities it may use; no later event widens them.

    `tell` names the channels that hear of it, each with the kinds of notices that it hears.
    """

    words: str
    workspace: Workspace
    limits: Limits
    principal: str
    roles: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()
    place: str = ""
    check_digests: dict[str, str] = {}
    stay: bool = False
    tell: dict[str, tuple[str, ...]] = {}


class GoalUnderstood(Event, frozen=True, kw_only=True, omit_defaults=True):
    """How the words were read, and the lines that were read back."""

    goal: Goal
    read_back: tuple[str, ...] = ()


class PlanMade(Event, frozen=True, kw_only=True, omit_defaults=True):
    """What is to be done (names of tasks and services, in order), and what counts as done (checks)."""

    steps: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    why: str = ""


class ActionProposed(Event, frozen=True, kw_only=True, omit_defaults=True):
    """An agent would like to do this. `others` counts further candidates."""

    proposal: Proposal
    others: int = 0
    approval: str | None = None


class CallAllowed(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The gate admits the act, holding its worst case and that of its turn's checks."""

    digest: str
    hold: int = 0
    because: tuple[str, ...] = ()
    words: str = ""


class CallWithheld(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The gate wants a person's word first."""

    proposal: Proposal
    digest: str
    risks: tuple[Risk, ...]
    because: tuple[str, ...] = ()
    words: str = ""
    worst: int = 0


class CallDenied(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The gate refuses the act."""

    proposal: Proposal
    digest: str
    because: tuple[str, ...] = ()
    words: str = ""
    violation: bool = False
    cap_refused: bool = False


class SkillCalled(Event, frozen=True, kw_only=True, omit_defaults=True):
    """Announced before the act begins; durable before it. `hold` covers the act and its turn's checks.

    `snapshot` is the digest of what it can change as that was before, empty where it changes nothing.
    """

    call: str
    proposal: Proposal
    effects: Effects
    timeout: float
    network: bool = False
    hold: int = 0
    checks_hold: int = 0
    approval: str | None = None
    snapshot: str = ""


class SkillReturned(Event, frozen=True, kw_only=True, omit_defaults=True):
    """What came of the act: `cost` is booked, `release` no longer held. `artifact` is the whole output's digest.

    `snapshot` is the digest of what the act left, of the same scope as the one before it.
    """

    call: str
    ok: bool
    output: str = ""
    exit_code: int | None = None
    ended: str = "exited"
    seconds: float = 0.0
    cost: int = 0
    release: int = 0
    reported: bool = True
    changed: bool = True
    where: str = ""
    artifact: str = ""
    facts: dict[str, Any] = {}
    snapshot: str = ""


class CallLost(Event, frozen=True, kw_only=True, omit_defaults=True):
    """Nobody knows the outcome of an act: the hold is forfeited. `repeat` when doing it twice is doing it once.

    `words` say what took it; empty for a crash of ours.
    """

    call: str
    release: int = 0
    cost: int = 0
    repeat: bool = False
    words: str = ""


class StepTaken(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A turn's step is over. Withheld and idle turns do not count. `release` returns the hold of checks not run."""

    outcome: Literal["acted", "failed", "stopped", "withheld", "denied", "idle", "lost"]
    counts: bool = True
    release: int = 0
    seconds: float = 0.0
    words: str = ""


class ChecksCalled(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The turn's checks begin."""

    checks: tuple[str, ...]
    hold: int = 0


class ChecksReturned(Event, frozen=True, kw_only=True, omit_defaults=True):
    """What the checks said, in order; the first failure ends the row. `digests` are those of their files now.

    `snapshot` is the digest of what they left, of the same scope as those of the act before them.
    """

    results: tuple[CheckResult, ...] = ()
    cost: int = 0
    release: int = 0
    lost: bool = False
    digests: dict[str, str] = {}
    seconds: float = 0.0
    snapshot: str = ""


class StepReviewed(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The post-step hooks' findings: what fails, what may help, what was learned, what assessors added.

    `forecast` is the spend foreseen some turns on, the first time that it lies past the ask line; else 0.
    """

    failure: Failure | None = None
    diagnosis: Diagnosis | None = None
    expected: bool = True
    progressed: bool = True
    added_risks: tuple[Risk, ...] = ()
    remarks: tuple[str, ...] = ()
    forecast: int = 0


class LessonLearned(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The outcome of a fix, for operational memory."""

    lesson: Lesson


class HookDecided(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The stop hook's decision with the facts it saw; `held` names every rule that held, shadows included."""

    facts: Facts
    decision: Decision
    held: tuple[str, ...] = ()


class ApprovalRequested(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A question to a person, on an act (bound to `digest`) or on going on. `worst` includes the turn's checks."""

    approval: str
    rule: str
    subject: Literal["act", "going_on"]
    question: str
    deadline: int
    proposal: Proposal | None = None
    digest: str = ""
    worst: int = 0
    undo: str = ""
    tries: int = 0
    baseline: dict[str, str] = {}
    because: tuple[str, ...] = ()


class ApprovalAnswered(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A person's answer. `up_to` raises the ask line; `edited` is the act to gate instead."""

    approval: str
    answer: Literal["approved", "rejected", "edited"]
    up_to: int | None = None
    reason: str = ""
    edited: Act | None = None


class ApprovalExpired(Event, frozen=True, kw_only=True, omit_defaults=True):
    """Nobody answered in time: a rejection."""

    approval: str


class ApprovalWithdrawn(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The question is void (a stop came first)."""

    approval: str


class SessionPaused(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A person wants it to wait."""


class SessionResumed(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A person lets it go on. `until` is the deadline of the question that is still open, 0 when there is none."""

    until: int = 0


class StopRequested(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A person wants it to end; the hook turns it into an end."""

    reason: str = ""


class SessionEnded(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The stop hook ended it. `outcome` is `success`, `rejected`, or the rule that ended it."""

    outcome: str
    reason: str = ""


AnyEvent = (
    SessionStarted
    | GoalUnderstood
    | PlanMade
    | ActionProposed
    | CallAllowed
    | CallWithheld
    | CallDenied
    | SkillCalled
    | SkillReturned
    | CallLost
    | StepTaken
    | ChecksCalled
    | ChecksReturned
    | StepReviewed
    | LessonLearned
    | HookDecided
    | ApprovalRequested
    | ApprovalAnswered
    | ApprovalExpired
    | ApprovalWithdrawn
    | SessionPaused
    | SessionResumed
    | StopRequested
    | SessionEnded
)

PERSON_SAYS = (ApprovalAnswered, ApprovalExpired, ApprovalWithdrawn, SessionPaused, SessionResumed, StopRequested)
OUTCOMES = (SkillReturned, CallLost, ChecksReturned)


class Draft(Struct, frozen=True, kw_only=True):
    """An event with all of its envelope but the place in the log, which the append gives."""

    id: str
    at: int
    iteration: int
    actor: str
    event: AnyEvent
    cause: str | None = None


class Envelope(Struct, frozen=True, kw_only=True):
    """One committed event. `actor` is who caused it, `cause` the id of the event that led to it."""

    v: int
    id: str
    session: str
    seq: int
    iteration: int
    at: int
    kind: str
    actor: str
    cause: str | None
    data: AnyEvent


class _Header(Struct, frozen=True):
    v: int
    id: str
    session: str
    seq: int
    iteration: int
    at: int
    kind: str
    actor: str
    cause: str | None
    data: msgspec.Raw


class UnknownEvent(ValueError):
    """The stored bytes hold an event that this version does not know."""


_encoder = msgspec.json.Encoder()
_header = msgspec.json.Decoder(_Header)
_decoders: dict[str, msgspec.json.Decoder[AnyEvent]] = {
    kind.__name__: msgspec.json.Decoder(kind) for kind in get_args(AnyEvent)
}


def place(draft: Draft, session: str, seq: int) -> Envelope:
    """The draft with its place in the log."""
    return Envelope(
        v=VERSION,
        id=draft.id,
        session=session,
        seq=seq,
        iteration=draft.iteration,
        at=draft.at,
        kind=type(draft.event).__name__,
        actor=draft.actor,
        cause=draft.cause,
        data=draft.event,
    )


def encode(envelope: Envelope) -> bytes:
    """The bytes that are stored, hashed and printed: JSON, fields in the envelope's order."""
    return _encoder.encode(envelope)


def decode(stored: bytes) -> Envelope:
    """The envelope of stored bytes. Raises UnknownEvent and msgspec.DecodeError."""
    header = _header.decode(stored)
    decoder = _decoders.get(header.kind)
    if decoder is None or header.v > VERSION:
        raise UnknownEvent(f"event `{header.kind}` of version {header.v} is newer than this interlock; upgrade it")
    return Envelope(
        v=header.v,
        id=header.id,
        session=header.session,
        seq=header.seq,
        iteration=header.iteration,
        at=header.at,
        kind=header.kind,
        actor=header.actor,
        cause=header.cause,
        data=decoder.decode(header.data),
    )
