"""A notice in words: what happened, in a title and a few lines, with the commands that answer it."""

from collections.abc import Sequence

from msgspec import Struct

from interlock.core.budget import AHEAD
from interlock.core.channels import Notice
from interlock.core.events import ApprovalRequested, Envelope, SessionEnded, StepReviewed
from interlock.core.evolve import replay
from interlock.core.money import show
from interlock.core.state import State
from interlock.core.views.asking import answers
from interlock.core.views.text import count, moment, one_line

LONGEST = 600


class Telling(Struct, frozen=True, kw_only=True):
    """What a person is told."""

    title: str
    body: str


def telling(envelopes: Sequence[Envelope], event: str) -> Telling | None:
    """The notice of that event (its id); None when nobody needs to hear it any more, as a question that is closed."""
    place = next((number for number, envelope in enumerate(envelopes, 1) if envelope.id == event), None)
    if place is None:
        return None
    state = replay(envelopes)
    match envelopes[place - 1].data:
        case ApprovalRequested() as asked if state.question is not None and state.question.approval == asked.approval:
            return _telling(state, "asks you", (asked.question, *answers(asked), _until(asked.deadline)))
        case StepReviewed() as reviewed if not state.ended:
            return _telling(state, "may soon ask you", (_foreseen(replay(envelopes[:place]), reviewed.forecast),))
        case SessionEnded() as ended:
            how = "ended with success" if ended.outcome == "success" else f"ended: {ended.outcome}"
            return _telling(state, how, (ended.reason, _came_to(state)))
        case _:
            return None


def _telling(state: State, what: str, lines: tuple[str, ...]) -> Telling:
    goal = one_line(state.goal.objective if state.goal else state.words, 80)
    where = f"{state.id} in {state.workspace.root}: interlock show {state.id}"
    said = (one_line(line, LONGEST) for line in (*lines, where) if line)
    return Telling(title=f"Interlock {one_line(what)}: {goal}", body="\n".join(said))


def _until(deadline: int) -> str:
    return f"no answer by {moment(deadline)} is a no"


def _foreseen(then: State, forecast: int) -> str:
    spent = f"{show(then.budget.spent)} are spent in {count(then.taken, 'turn')}"
    pace = f"at this pace {show(forecast)} are spent {AHEAD} turns on"
    return f"{spent}; {pace}, past the ask line of {show(then.budget.ask_line)}"


def _came_to(state: State) -> str:
    return f"{count(state.taken, 'turn')}, {show(state.budget.spent)} spent (declared, not billed)"


def outcome_line(notice: Notice) -> str:
    """What came of a notice, on one line."""
    tries = f" after {count(notice.tries, 'try', 'tries')}" if notice.tries > 1 or notice.outcome == "failed" else ""
    words = f": {notice.words}" if notice.words else ""
    again = f"; next try at {moment(notice.due)}" if notice.outcome == "waiting" and notice.due and words else ""
    said = f"{notice.kind} of {moment(notice.at)} to {notice.channel}: {notice.outcome}{tries}{words}{again}"
    return one_line(said, LONGEST)


def undelivered(notices: Sequence[Notice]) -> str:
    """What to say where sessions are listed, of notices that were tried in vain; empty where there is none."""
    failed = sum(notice.tries > 0 and notice.words != "" for notice in notices)
    return f"{count(failed, 'notice')} could not be delivered (yet); `interlock notify ls` says why" if failed else ""
