"""Drafts for the stores' tests, by what they mean."""

import itertools
from typing import Any

from interlock.core.budget import Limits
from interlock.core.events import (
    ApprovalAnswered,
    ApprovalRequested,
    ApprovalWithdrawn,
    Draft,
    Event,
    LessonLearned,
    PlanMade,
    SessionEnded,
    SessionPaused,
    SessionResumed,
    SessionStarted,
    SkillCalled,
    SkillReturned,
)
from interlock.core.plan import Act, Effects, Proposal, Workspace
from interlock.core.remediation import Lesson
from interlock.ports import Clock, EventLog

_ids = itertools.count()
S = "ses-1"
PROPOSAL = Proposal(act=Act(skill="test.noop"), agent="executor", why="to see", expects="nothing")


def draft(event: Event, *, at: int, iteration: int = 1) -> Draft:
    return Draft(id=f"event-{next(_ids)}", at=at, iteration=iteration, actor="tester", event=event)  # type: ignore[arg-type]


def started(*, at: int, cap: int = 100, ask_line: int = 50, place: str = "", root: str = "/srv/app") -> Draft:
    limits = Limits(ask_line=ask_line, cap=cap)
    workspace = Workspace(root=root, name="app")
    return draft(
        SessionStarted(words="fix it", workspace=workspace, limits=limits, principal="ann", place=place),
        at=at,
        iteration=0,
    )


def planned(*, at: int, why: str = "") -> Draft:
    return draft(PlanMade(why=why), at=at)


def called(call: str = "c1", *, at: int, hold: int = 0, approval: str | None = None) -> Draft:
    event = SkillCalled(call=call, proposal=PROPOSAL, effects=Effects(), timeout=1.0, hold=hold, approval=approval)
    return draft(event, at=at)


def returned(call: str = "c1", *, at: int, cost: int = 0, release: int = 0) -> Draft:
    return draft(SkillReturned(call=call, ok=True, cost=cost, release=release), at=at)


def asked(approval: str, *, at: int, deadline: int | None = None) -> Draft:
    event = ApprovalRequested(
        approval=approval,
        rule="high_cost",
        subject="act",
        question="may it?",
        deadline=at + 3_600_000_000 if deadline is None else deadline,
        digest="d" * 64,
    )
    return draft(event, at=at)


def answered(approval: str, answer: Any = "approved", *, at: int, up_to: int | None = None) -> Draft:
    return draft(ApprovalAnswered(approval=approval, answer=answer, up_to=up_to), at=at)


def withdrawn(approval: str, *, at: int) -> Draft:
    return draft(ApprovalWithdrawn(approval=approval), at=at)


def learned(*, at: int, worked: bool, fix: str = "reinstall", fingerprint: str = "f1", cost: int = 3) -> Draft:
    lesson = Lesson(fingerprint=fingerprint, fix=fix, environment="py311", worked=worked, cost=cost)
    return draft(LessonLearned(lesson=lesson), at=at)


def paused(*, at: int) -> Draft:
    return draft(SessionPaused(), at=at)


def resumed(*, at: int) -> Draft:
    return draft(SessionResumed(), at=at)


def ended(outcome: str = "success", *, at: int) -> Draft:
    return draft(SessionEnded(outcome=outcome), at=at)


async def begin(log: EventLog, clock: Clock, session: str = S, **given: Any) -> None:
    await log.append(session, [started(at=clock.now(), **given)], expected=0, epoch=None)
