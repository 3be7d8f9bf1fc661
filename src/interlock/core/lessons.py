"""Lessons: all that may be written into operational memory: what checks saw of a fix, and a person's refusal of it.

The post-step hook and the entrance for people alone may import this; nothing else makes a lesson.
"""

from interlock.core.events import LessonLearned
from interlock.core.evidence import reached_nothing
from interlock.core.remediation import Failure, Lesson
from interlock.core.state import State, Trial


def from_trials(state: State, found: Failure | None, environment: str) -> list[LessonLearned]:
    """A fix worked if its failure is gone where it was seen; not if it is back anywhere, or the fix itself failed."""
    seen, turn = _seen(state), state.turn
    lessons = []
    for trial in state.trials.values():
        itself_failed = fix_itself_failed(state) and turn.proposal is not None and turn.proposal.fix == trial.fix
        is_back = found is not None and found.fingerprint == trial.fingerprint
        if itself_failed and turn.returned is not None and reached_nothing(turn.returned.output):
            continue  # it never had its chance
        if trial.where in seen or itself_failed or (is_back and seen):
            lessons.append(_lesson(trial, worked=not itself_failed and not is_back, environment=environment))
    return lessons


def from_refusal(state: State, environment: str) -> list[LessonLearned]:
    """A person rejects the act in question: where it is a fix, it comes later the next time."""
    proposal = state.question.proposal if state.question and state.question.subject == "act" else None
    if proposal is None or proposal.fix is None or proposal.fingerprint is None:
        return []
    lesson = Lesson(
        fingerprint=proposal.fingerprint, fix=proposal.fix, environment=environment, worked=False, refused=True
    )
    return [LessonLearned(lesson=lesson)]


def fix_itself_failed(state: State) -> bool:
    """A fix did not even run through. One that runs what fails (a service on another port) shows what fails now."""
    turn, failure = state.turn, state.failure
    if turn.step is None or turn.step.outcome != "failed" or turn.returned is None or failure is None:
        return False
    return turn.proposal is not None and turn.proposal.fix is not None and turn.returned.where != failure.where


def _seen(state: State) -> set[str]:
    """The places that this turn brought evidence about."""
    turn = state.turn
    places = {f"check:{result.name}" for result in state.results} if turn.checks is not None else set()
    if turn.returned is not None and turn.proposal is not None and turn.proposal.task is not None:
        places.add(turn.proposal.task)
    return places


def _lesson(trial: Trial, *, worked: bool, environment: str) -> LessonLearned:
    return LessonLearned(
        lesson=Lesson(
            fingerprint=trial.fingerprint, fix=trial.fix, environment=environment, worked=worked, cost=trial.cost
        )
    )
