"""What must be true of any session's log, whatever happened to it."""

from interlock.core.events import (
    ApprovalAnswered,
    ApprovalExpired,
    ApprovalRequested,
    ApprovalWithdrawn,
    HookDecided,
)
from interlock.core.evolve import fold
from interlock.core.state import State
from interlock.core.stop_hook import Action
from interlock.core.views.replaying import redecide, trace
from world import World

ENDS = (ApprovalAnswered, ApprovalExpired, ApprovalWithdrawn)


async def examine(world: World) -> State:
    """Decisions come out again, causes lead to the words, nothing stays held, and the row is the fold."""
    envelopes, row = await world.envelopes(), await world.log.row(world.session)
    again = redecide(envelopes)
    assert again.same == again.total, again.first
    state = State()
    for envelope in envelopes:
        assert trace(envelopes, envelope.id)[-1].kind == "SessionStarted"
        state = fold(state, envelope)
        if isinstance(envelope.data, HookDecided) and envelope.data.decision.action is not Action.TERMINATE:
            assert state.budget.held == 0, f"held after the turn that ends with {envelope.id}"
    asked = [envelope.data.approval for envelope in envelopes if isinstance(envelope.data, ApprovalRequested)]
    ends = [envelope.data.approval for envelope in envelopes if isinstance(envelope.data, ENDS)]
    assert sorted(ends) == sorted(set(asked) - {row.question if row else ""}), "every question ends exactly once"
    assert row is not None and not (state.ended and state.question)
    assert (row.spent, row.held, row.ask_line) == (state.budget.spent, state.budget.held, state.budget.ask_line)
    assert (row.version, row.paused, row.outcome) == (state.version, state.paused, state.ended or "")
    assert row.question == (state.question.approval if state.question else "")
    return state
