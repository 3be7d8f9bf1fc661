"""Asking: a question to a person with all that an answer needs, as lines under headings."""

from interlock.core.budget import Budget
from interlock.core.events import ApprovalRequested
from interlock.core.money import show
from interlock.core.state import State
from interlock.core.views.text import Section, because, brief, count, exact, lasting, moment, one_line


def asking(question: ApprovalRequested, budget: Budget, now: int) -> tuple[Section, ...]:
    """The question: the act exactly, why it is asked, cost, undoing, what a no does, deadline (unix micro-seconds)."""
    about_act = question.subject == "act" and question.proposal is not None
    return (
        Section(title=f"question {one_line(question.approval)}", lines=(one_line(question.question),)),
        *([_act(question)] if question.proposal is not None else []),
        Section(title="why it is asked", lines=(f"rule `{question.rule}`{because(question.because)}",)),
        Section(title="worst cost", lines=(_cost(question, budget),)),
        Section(title="to undo it", lines=(one_line(question.undo) or "nothing is known to undo it",)),
        Section(title="on yes", lines=(_on_yes(question),)),
        Section(title="on no", lines=("the session ends as rejected; what was done so far stays as it is",)),
        Section(title="time to answer", lines=(_deadline(question, now),)),
        Section(title="to answer", lines=answers(question, about_act)),
    )


def open_question(state: State, now: int) -> tuple[Section, ...]:
    """The session's open question in sections; none when nothing is asked."""
    return asking(state.question, state.budget, now) if state.question is not None else ()


def answers(question: ApprovalRequested, about_act: bool | None = None) -> tuple[str, ...]:
    """The commands that answer it."""
    id = one_line(question.approval)
    about_act = question.subject == "act" if about_act is None else about_act
    up_to = " [--up-to USD]" if question.rule == "high_cost" else ""
    edit = (f"interlock edit {id} --set key=value",) if about_act else ()
    return (f"interlock approve {id}{up_to}", f'interlock reject {id} --reason "…"', *edit)


def _act(question: ApprovalRequested) -> Section:
    assert question.proposal is not None
    claim = f"{one_line(question.proposal.agent)} claims: {one_line(question.proposal.why)}"
    title = "the exact act" if question.subject == "act" else "the act in doubt"
    return Section(title=title, lines=(*exact(question.proposal.act), claim))


def _cost(question: ApprovalRequested, budget: Budget) -> str:
    spent = f"{show(budget.spent)} spent, ask line {show(budget.ask_line)}, cap {show(budget.cap)}"
    return f"{show(question.worst)}, its checks included ({spent}; declared, not billed)"


def _on_yes(question: ApprovalRequested) -> str:
    if question.subject == "act" and question.proposal is not None:
        return f"exactly {brief(question.proposal.act)} runs once, judged by the gate again"
    return f"it goes on, for {count(question.tries, 'more try', 'more tries')} before it may ask this again"


def _deadline(question: ApprovalRequested, now: int) -> str:
    left = (question.deadline - now) / 1_000_000
    if left <= 0:
        return f"was over at {moment(question.deadline)}: no answer is a no"
    return f"{lasting(left)}, until {moment(question.deadline)}; no answer is a no"
