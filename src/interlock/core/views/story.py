"""The story of a session: its failures, tries, costs, changes and answers, gathered from its events in one pass."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from interlock.core.events import (
    ApprovalAnswered,
    ApprovalExpired,
    ApprovalRequested,
    ApprovalWithdrawn,
    CallLost,
    ChecksReturned,
    Envelope,
    LessonLearned,
    SessionEnded,
    SkillCalled,
    SkillReturned,
    StepReviewed,
)
from interlock.core.plan import Proposal
from interlock.core.views.text import brief, one_line
from interlock.core.views.timeline import who

UNSEEN = "outcome not seen"
PATHS = ("path", "file", "paths", "files")


class Broken(Struct, kw_only=True):
    """A failure as it was met: where, its line, in which turn first and last."""

    fingerprint: str
    where: str
    signature: str
    first: int
    last: int


class Tried(Struct, kw_only=True):
    """One act for a failure. `outcome` in words; `remembered` is its record in memory when it was chosen."""

    iteration: int
    act: str
    fix: str
    fingerprint: str
    outcome: str = UNSEEN
    cost: int = 0
    remembered: str = ""


class Spent(Struct, kw_only=True):
    """What one kind of act cost in all, in micro-dollars; `unreported` times nothing was reported: the worst case."""

    what: str
    times: int = 0
    cost: int = 0
    unreported: int = 0


class Answer(Struct, kw_only=True):
    """A question and its end. `at` is unix micro-seconds."""

    approval: str
    rule: str
    about: str
    worst: int
    who: str = ""
    said: str = "open"
    at: int = 0
    up_to: int | None = None
    reason: str = ""


class Story(Struct, kw_only=True):
    """All of it, in order of happening. `promises` are what a person asked for and what became of it.

    `paths` are the files that acts named as their own, each with the iteration that first changed it.
    """

    broken: list[Broken] = []
    tried: list[Tried] = []
    spent: dict[str, Spent] = {}
    answers: list[Answer] = []
    paths: dict[str, int] = {}
    pins: dict[str, tuple[str, str]] = {}
    promises: list[str] = []
    remembered: dict[tuple[str, str], str] = {}
    ended: SessionEnded | None = None


def gather(envelopes: Sequence[Envelope]) -> Story:
    """Read the whole log once."""
    story = Story()
    calls: dict[str, Proposal] = {}
    for envelope in envelopes:
        event = envelope.data
        match event:
            case SkillCalled():
                calls[event.call] = event.proposal
                _call(story, envelope, event.proposal)
            case SkillReturned():
                _return(story, envelope, event, calls[event.call])
            case CallLost():
                _lose(story, envelope, event, calls[event.call])
            case ChecksReturned():
                _add(story, "checks", event.cost, times=1)
            case StepReviewed():
                _review(story, envelope, event)
            case LessonLearned():
                _learn(story, event)
            case ApprovalRequested():
                about = brief(event.proposal.act) if event.proposal else "going on"
                story.answers.append(Answer(approval=event.approval, rule=event.rule, about=about, worst=event.worst))
            case ApprovalAnswered() | ApprovalExpired() | ApprovalWithdrawn():
                _answer(story, envelope, event)
            case SessionEnded():
                story.ended = event
    return story


def _add(story: Story, what: str, cost: int, *, times: int = 0, unreported: bool = False) -> None:
    entry = story.spent.setdefault(what, Spent(what=what))
    entry.times += times
    entry.cost += cost
    entry.unreported += unreported


def _call(story: Story, envelope: Envelope, proposal: Proposal) -> None:
    _add(story, brief(proposal.act), 0, times=1)
    if proposal.fix is not None or proposal.agent == "person":
        story.tried.append(
            Tried(
                iteration=envelope.iteration,
                act=brief(proposal.act),
                fix=one_line(proposal.fix or "a person's edit"),
                fingerprint=proposal.fingerprint or "",
                remembered=story.remembered.get((proposal.fingerprint or "", proposal.fix or ""), ""),
            )
        )


def _return(story: Story, envelope: Envelope, event: SkillReturned, proposal: Proposal) -> None:
    _add(story, brief(proposal.act), event.cost, unreported=not event.reported and event.cost > 0)
    if story.tried and story.tried[-1].act == brief(proposal.act) and story.tried[-1].outcome == UNSEEN:
        story.tried[-1].cost = event.cost
        if not event.ok:
            story.tried[-1].outcome = "failed itself"
    if event.changed:
        _change(story, envelope, proposal)
    if event.ok and event.changed and proposal.promise:
        _add_new(story.promises, [one_line(proposal.promise)])
    _move(story.pins, event.facts)


def _lose(story: Story, envelope: Envelope, event: CallLost, proposal: Proposal) -> None:
    _add(story, brief(proposal.act), event.cost, unreported=event.cost > 0)
    _change(story, envelope, proposal)
    if story.tried and story.tried[-1].act == brief(proposal.act):
        story.tried[-1].outcome = "cut off by a crash"


def _change(story: Story, envelope: Envelope, proposal: Proposal) -> None:
    for path in _paths(proposal.act.arguments):
        story.paths.setdefault(path, envelope.iteration)


def _add_new(known: list[str], more: list[str]) -> None:
    known += [each for each in dict.fromkeys(more) if each not in known]


def _paths(arguments: dict[str, Any]) -> list[str]:
    """The files that an act names as its own."""
    found: list[str] = []
    for name in PATHS:
        value = arguments.get(name)
        found += [value] if isinstance(value, str) else [str(each) for each in value] if isinstance(value, list) else []
    return [one_line(each) for each in found if each]


def _move(pins: dict[str, tuple[str, str]], facts: dict[str, Any]) -> None:
    """Versions as a package skill reports them: from what was there first to what is there now."""
    before, after = facts.get("before"), facts.get("after")
    if not isinstance(before, dict) or not isinstance(after, dict):
        return
    for name in sorted({*before, *after}):
        was, now = str(before.get(name, "absent")), str(after.get(name, "absent"))
        if was != now:
            pins[name] = (pins.get(name, (was, now))[0], now)


def _review(story: Story, envelope: Envelope, event: StepReviewed) -> None:
    failure, found = event.failure, event.diagnosis
    if failure is None:
        return
    if found is not None and found.candidates and found.remembered:
        story.remembered[failure.fingerprint, found.candidates[0].fix or ""] = one_line(found.remembered)
    same = next((one for one in story.broken if one.fingerprint == failure.fingerprint), None)
    if same is not None:
        same.last = envelope.iteration
        return
    story.broken.append(
        Broken(
            fingerprint=failure.fingerprint,
            where=one_line(failure.where),
            signature=one_line(failure.signature),
            first=envelope.iteration,
            last=envelope.iteration,
        )
    )


def _learn(story: Story, event: LessonLearned) -> None:
    lesson = event.lesson
    for tried in reversed(story.tried):
        if tried.fix == one_line(lesson.fix) and tried.fingerprint == lesson.fingerprint:
            if tried.outcome == UNSEEN:
                tried.outcome = lesson.result
            return


def _answer(story: Story, envelope: Envelope, event: ApprovalAnswered | ApprovalExpired | ApprovalWithdrawn) -> None:
    answer = next((one for one in story.answers if one.approval == event.approval), None)
    if answer is None:
        return
    answer.at = envelope.at
    match event:
        case ApprovalExpired():
            answer.said, answer.who = "answered", "nobody in time, which is a no,"
        case ApprovalWithdrawn():
            answer.said, answer.who = "withdrawn", who(envelope.actor)
        case ApprovalAnswered():
            answer.said, answer.who = event.answer, who(envelope.actor)
            answer.up_to, answer.reason = event.up_to, one_line(event.reason)
