"""The session's row: what the store keeps beside the stream so that work can be found, claimed and paid for.

The row is a fold too: `change` says what a batch of drafts does to it, in numbers that one UPDATE can apply.
"""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from interlock.core.channels import KINDS, Kind
from interlock.core.events import (
    ActionProposed,
    ApprovalAnswered,
    ApprovalExpired,
    ApprovalRequested,
    ApprovalWithdrawn,
    CallAllowed,
    CallLost,
    ChecksCalled,
    ChecksReturned,
    Draft,
    HookDecided,
    LessonLearned,
    SessionEnded,
    SessionPaused,
    SessionResumed,
    SessionStarted,
    SkillCalled,
    SkillReturned,
    StepReviewed,
    StepTaken,
    StopRequested,
)
from interlock.core.remediation import Lesson

# a commit need not try the commonest events against every kind
WITHOUT_CHANGE = frozenset({ActionProposed, CallAllowed, StepReviewed, HookDecided})
Status = Literal["queued", "running", "waiting", "paused", "ended"]


class SessionRow(Struct, frozen=True, kw_only=True):
    """One session as the store's index sees it. Times in unix micro-seconds, money in micro-dollars.

    `place`: the host that has the workspace's folder ("": anywhere); `epoch` fences drivers; `wake_at` None sleeps.
    """

    id: str
    workspace: str
    place: str
    words: str
    principal: str
    outcome: str
    paused: bool
    version: int
    iteration: int
    epoch: int
    owner: str
    lease_until: int
    priority: int
    wake_at: int | None
    spent: int
    held: int
    cap: int
    ask_line: int
    question: str
    created_at: int
    updated_at: int

    @property
    def status(self) -> Status:
        """In one word, as people see it."""
        if self.outcome:
            return "ended"
        if self.paused:
            return "paused"
        if self.question:
            return "waiting"
        return "running" if self.owner else "queued"


class Change(Struct, frozen=True, kw_only=True):
    """What drafts do to the row and to the approvals. `wake` is ("at", micro-seconds) or ("never", 0), None: as before.

    `asks` are new questions (approval, digest, deadline), `answers` their ends (approval, status), `uses` the approvals
    that an act uses up (approval, event id): each must be approved and unused, or nothing is appended.
    `hears` are channels with what they hear, `notices` (event id, kind, micro-seconds) what is to be told to those.
    """

    outcome: str | None = None
    paused: bool | None = None
    spent: int = 0
    held: int = 0
    holds: int = 0
    clear_held: bool = False
    up_to: int | None = None
    wake: tuple[Literal["at", "never"], int] | None = None
    question: str | None = None
    iteration: int = 0
    asks: tuple[tuple[str, str, int], ...] = ()
    answers: tuple[tuple[str, str], ...] = ()
    uses: tuple[tuple[str, str], ...] = ()
    lessons: tuple[tuple[Lesson, int], ...] = ()
    hears: tuple[tuple[Kind, str], ...] = ()
    notices: tuple[tuple[str, Kind, int], ...] = ()


def begun(session: str, draft: Draft) -> SessionRow | None:
    """The row of a session that this draft starts, before the draft's own change; None when it starts none."""
    event = draft.event
    if not isinstance(event, SessionStarted):
        return None
    return SessionRow(
        id=session,
        workspace=event.workspace.root,
        place=event.place,
        words=event.words,
        principal=event.principal,
        outcome="",
        paused=False,
        version=0,
        iteration=0,
        epoch=0,
        owner="",
        lease_until=0,
        priority=0,
        wake_at=None,
        spent=0,
        held=0,
        cap=event.limits.cap,
        ask_line=event.limits.ask_line,
        question="",
        created_at=draft.at,
        updated_at=draft.at,
    )


def fits(row: SessionRow, change: Change) -> bool:
    """Whether the money that the change newly holds stays under the cap, what it settles counted first."""
    return change.holds == 0 or row.spent + change.spent + row.held + change.held <= row.cap


def changed(row: SessionRow, change: Change, *, count: int, at: int) -> SessionRow:
    """The row after a batch of `count` drafts, the last of them at `at`: what a store's one UPDATE must come to."""
    return replace(
        row,
        version=row.version + count,
        iteration=max(row.iteration, change.iteration),
        outcome=row.outcome if change.outcome is None else change.outcome,
        paused=row.paused if change.paused is None else change.paused,
        question=row.question if change.question is None else change.question,
        wake_at=row.wake_at if change.wake is None else change.wake[1] if change.wake[0] == "at" else None,
        spent=row.spent + change.spent,
        held=0 if change.clear_held else row.held + change.held,
        ask_line=min(max(row.ask_line, change.up_to or 0), row.cap),
        updated_at=at,
    )


def change(drafts: Sequence[Draft]) -> Change:
    """The sum of what the drafts do to the session's row."""
    total = Change()
    for draft in drafts:
        if type(draft.event) not in WITHOUT_CHANGE:
            total = _add(total, draft)
        elif type(draft.event) is StepReviewed and draft.event.forecast:
            total = _tell(total, draft, "forecast")
    return replace(total, iteration=max((draft.iteration for draft in drafts), default=0))


def _add(total: Change, draft: Draft) -> Change:
    event = draft.event
    match event:
        case SkillCalled():
            held = _hold(total, event.hold)
            return replace(held, uses=(*total.uses, (event.approval, draft.id))) if event.approval else held
        case ChecksCalled():
            return _hold(total, event.hold)
        case SkillReturned() | CallLost() | ChecksReturned():
            return _settle(total, event.cost, event.release)
        case StepTaken():
            return _settle(total, 0, event.release)
        case LessonLearned():
            return replace(total, lessons=(*total.lessons, (event.lesson, draft.at)))
        case SessionStarted():
            hears = tuple((kind, channel) for channel, kinds in event.tell.items() for kind in KINDS if kind in kinds)
            return replace(total, wake=("at", draft.at), hears=hears)
        case _:
            return _persons_word(total, draft)


def _tell(total: Change, draft: Draft, kind: Kind) -> Change:
    return replace(total, notices=(*total.notices, (draft.id, kind, draft.at)))


def _hold(total: Change, amount: int) -> Change:
    return replace(total, held=total.held + amount, holds=total.holds + amount) if amount else total


def _settle(total: Change, cost: int, release: int) -> Change:
    return replace(total, spent=total.spent + cost, held=total.held - release) if cost or release else total


def _persons_word(total: Change, draft: Draft) -> Change:
    event = draft.event
    match event:
        case ApprovalRequested():
            return replace(
                _tell(total, draft, "question"),
                question=event.approval,
                wake=("at", event.deadline),
                asks=(*total.asks, (event.approval, event.digest, event.deadline)),
            )
        case ApprovalAnswered():
            answered = _answer(total, event.approval, event.answer, draft.at)
            return replace(answered, up_to=event.up_to if event.answer == "approved" else None)
        case ApprovalExpired():
            return _answer(total, event.approval, "expired", draft.at)
        case ApprovalWithdrawn():
            return _answer(total, event.approval, "withdrawn", draft.at)
        case SessionPaused():
            return replace(total, paused=True)
        case SessionResumed():
            return replace(total, paused=False, wake=("at", event.until or draft.at))
        case StopRequested():
            return replace(total, paused=False, wake=("at", draft.at))
        case SessionEnded():
            ended = _tell(total, draft, "end")
            return replace(ended, outcome=event.outcome, wake=("never", 0), clear_held=True, question="")
        case _:
            return total


def _answer(total: Change, approval: str, status: str, at: int) -> Change:
    return replace(total, question="", wake=("at", at), answers=(*total.answers, (approval, status)))
