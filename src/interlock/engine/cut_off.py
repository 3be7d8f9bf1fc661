"""What a crash cut off: nobody knows its outcome, so what was held for it is forfeited."""

from interlock.core.events import CallLost, ChecksReturned
from interlock.core.state import State
from interlock.engine.session import Session


def lose_call(session: Session) -> None:
    """Settle an act that was announced and never returned; only what is idempotent may be repeated."""
    called = session.state.turn.called
    if called is not None and session.state.turn.returned is None:
        forfeited = called.hold - called.checks_hold
        session.add(CallLost(call=called.call, release=called.hold, cost=forfeited, repeat=called.effects.idempotent))


def lose_checks(session: Session) -> None:
    """Settle checks that were announced and never returned."""
    if session.state.turn.checks_called is not None and session.state.turn.checks is None:
        lost = checks_hold(session.state)
        session.add(ChecksReturned(lost=True, cost=lost, release=lost), actor="check")


def checks_hold(state: State) -> int:
    """What is held for this turn's checks, in micro-dollars: once lost, only what was held for them anew."""
    turn = state.turn
    if turn.checks_lost:
        return turn.checks_called.hold if turn.checks_called else 0
    return turn.called.checks_hold if turn.called else 0
