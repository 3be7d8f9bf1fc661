"""Asking at the terminal: yes or no, and the answer to a session's question."""

import signal
from collections.abc import Sequence

from interlock.cli.shown import Shown
from interlock.core.commands import Approve, Command, Reject
from interlock.core.events import Envelope
from interlock.core.money import show, usd
from interlock.core.state import State
from interlock.core.views.explaining import explain

CHOICES = "[y] once   [u] up to an amount   [r] reject   [w] why   [l] later"


class Later(Exception):
    """The person answers another time."""


def agreed(question: str) -> bool:
    """Whether the person says yes; no answer is no."""
    try:
        return _said(f"{question} [Y/n] ").lower() in ("", "y", "yes")
    except Later:
        return False


def ask(screen: Shown, state: State, now: int, envelopes: Sequence[Envelope]) -> Command:
    """The person's answer to the open question. Raises Later."""
    question = state.question
    if question is None:
        raise Later
    screen.question(state, now)
    while True:
        match _said(f"{CHOICES}\n> ").lower()[:1]:
            case "y" | "o":
                return Approve(approval=question.approval)
            case "u":
                amount = _amount(screen, state)
                if amount is not None:
                    return Approve(approval=question.approval, up_to=amount)
            case "r" | "n":
                return Reject(approval=question.approval, reason=_said("why not? (may stay empty) "))
            case "w":
                for line in explain(envelopes).lines:
                    screen.note(line)
            case "l":
                raise Later


def _amount(screen: Shown, state: State) -> int | None:
    """Dollars between the ask line and the cap, or None after saying what is wrong."""
    budget = state.budget
    try:
        amount = usd(_said(f"up to how many dollars? (cap {show(budget.cap)}) "))
    except ValueError as problem:
        screen.note(str(problem))
        return None
    if budget.ask_line <= amount <= budget.cap:
        return amount
    screen.note(f"between {show(budget.ask_line)} and {show(budget.cap)}, please")
    return None


def _said(prompt: str) -> str:
    """A line from the person. Nothing is driven meanwhile, so blocking is right; Ctrl-C and Ctrl-D mean later."""
    # the event loop hears no signal while this waits
    before = signal.signal(signal.SIGINT, signal.default_int_handler), signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        return input(prompt).strip()
    except (EOFError, KeyboardInterrupt):
        raise Later from None
    finally:
        signal.signal(signal.SIGINT, before[0])
        signal.signal(signal.SIGTERM, before[1])
