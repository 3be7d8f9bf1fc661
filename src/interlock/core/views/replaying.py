"""Replay and trace: every recorded decision made again, and every event walked back to the words that led to it."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from interlock.core.events import Envelope, HookDecided
from interlock.core.evolve import fold
from interlock.core.state import State, facts
from interlock.core.stop_hook import RULES, decide


class Difference(Struct, frozen=True, kw_only=True):
    """A decision that does not come out as recorded. `what` is facts, decision or rules; values are JSON."""

    number: int
    seq: int
    id: str
    what: str
    recorded: str
    again: str


class Redecided(Struct, frozen=True, kw_only=True):
    """How many of all recorded decisions are identical, byte by byte, when they are made again."""

    same: int
    total: int
    first: Difference | None = None

    @property
    def line(self) -> str:
        """In words: `12 of 12 decisions identical`."""
        return f"{self.same} of {self.total} decisions identical"


class BrokenChain(LookupError):
    """The event, or one that it names as its cause, is not in the log; the message says which."""


def redecide(envelopes: Sequence[Envelope]) -> Redecided:
    """Fold the facts again and decide again, for each recorded decision."""
    state, same, total = State(), 0, 0
    first: Difference | None = None
    for envelope in envelopes:
        if isinstance(envelope.data, HookDecided):
            total += 1
            found = _difference(envelope, envelope.data, state, total)
            same += found is None
            first = first or found
        state = fold(state, envelope)
    return Redecided(same=same, total=total, first=first)


def _difference(envelope: Envelope, event: HookDecided, state: State, number: int) -> Difference | None:
    held = tuple(rule.name for rule in RULES if rule.holds(event.facts))
    pairs: tuple[tuple[str, object, object], ...] = (
        ("facts", event.facts, facts(state)),
        ("decision", event.decision, decide(event.facts)),
        ("rules", event.held, held),
    )
    for what, recorded, again in pairs:
        was, now = msgspec.json.encode(recorded), msgspec.json.encode(again)
        if was != now:
            return Difference(
                number=number,
                seq=envelope.seq,
                id=envelope.id,
                what=what,
                recorded=was.decode(),
                again=now.decode(),
            )
    return None


def trace(envelopes: Sequence[Envelope], id: str) -> list[Envelope]:
    """The event, its cause, the cause of that, back to the words. Raises BrokenChain."""
    by_id = {envelope.id: envelope for envelope in envelopes}
    chain: list[Envelope] = []
    wanted: str | None = id
    while wanted is not None:
        found = by_id.get(wanted)
        if found is None:
            named = f", which `{chain[-1].id}` names as its cause," if chain else ""
            raise BrokenChain(f"event `{wanted}`{named} is not in the log")
        if chain and found.seq >= chain[-1].seq:
            raise BrokenChain(f"event `{chain[-1].id}` names a later one, `{wanted}`, as its cause")
        chain.append(found)
        wanted = found.cause
    return chain
