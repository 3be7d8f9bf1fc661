"""The session's row: what the store keeps beside the stream so that work can be found, claimed and paid for.

The row is a fold too: `change` says what a batch of drafts does to it, in numbers that one UPDATE can apply.
"""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from interlock.core.events import (
    ApprovalAnswered,
    ApprovalExpired,
    ApprovalRequested,
    ApprovalWithdrawn,
    CallLost,
    ChecksCalled,
    ChecksReturned,
    Draft,
    LessonLearned,
    SessionEnded,
    SessionPaused,
    SessionResumed,
    SessionStarted,
    SkillCalled,
    SkillReturned,
    StepTaken,
    StopRequested,
)
from interlock.core.remediation import Lesson

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


def change(drafts: Sequence[Draft]) -> Change:
    """The sum of what the drafts do to the session's row."""
    total = Change()
    for draft in drafts:
        total = _add(replace(total, iteration=draft.iteration), draft)
    return total


def _add(total: Change, draft: Draft) -> Change:
    event = draft.event
    match event:
        case SkillCalled():
            uses = ((event.approval, draft.id),) if event.approval else ()
            return replace(_hold(total, event.hold), uses=(*total.uses, *uses))
        case ChecksCalled():
            return _hold(total, event.hold)
        case SkillReturned() | CallLost() | ChecksReturned():
            return replace(total, spent=total.spent + event.cost, held=total.held - event.release)
        case StepTaken():
            return replace(total, held=total.held - event.release)
        case LessonLearned():
            return replace(total, lessons=(*total.lessons, (event.lesson, draft.at)))
        case SessionStarted():
            return replace(total, wake=("at", draft.at))
        case _:
            return _persons_word(total, draft)


def _hold(total: Change, amount: int) -> Change:
    return replace(total, held=total.held + amount, holds=total.holds + amount)


def _persons_word(total: Change, draft: Draft) -> Change:
    event = draft.event
    match event:
        case ApprovalRequested():
            return replace(
                total,
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
        case SessionResumed() | StopRequested():
            return replace(total, paused=False, wake=("at", draft.at))
        case SessionEnded():
            return replace(total, outcome=event.outcome, wake=("never", 0), clear_held=True, question="")
        case _:
            return total


def _answer(total: Change, approval: str, status: str, at: int) -> Change:
    return replace(total, question="", wake=("at", at), answers=(*total.answers, (approval, status)))
