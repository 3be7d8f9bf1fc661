"""Rules removed on purpose, in the children alone: what the harness must notice, or its silence means nothing."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from bench.faults.points import WitnessedLog
from interlock.adapters.sqlite import connection, log
from interlock.core import evolve
from interlock.core.budget import Budget
from interlock.core.events import CallLost, Draft, Envelope, SkillCalled, place
from interlock.core.state import State
from interlock.engine.control import Control
from interlock.engine.session import Session
from interlock.ports import Claim, Conflict


class Mutant(Struct, frozen=True):
    """A rule removed: how, and the property that must notice."""

    name: str
    what: str
    noticed_by: str
    plant: Callable[[], None]


def plant(name: str) -> None:
    """Remove the rule in this very process. No name: nothing."""
    for mutant in MUTANTS:
        if mutant.name == name:
            mutant.plant()


def _write_ahead() -> None:
    flush = Session.flush

    async def late(self: Session) -> None:
        if not (self._buffer and isinstance(self._buffer[-1].event, SkillCalled)):
            await flush(self)

    Session.flush = late  # type: ignore[method-assign]


def _unfenced() -> None:
    append, claim = WitnessedLog.append, WitnessedLog.claim

    async def unfenced(
        self: WitnessedLog, session: str, drafts: Sequence[Draft], *, expected: int | None, epoch: int | None
    ) -> Sequence[Envelope]:
        return await append(self, session, drafts, expected=expected, epoch=None)

    async def brief(self: WitnessedLog, owner: str, *, session: str | None, place: str, lease: float) -> Claim | None:
        return await claim(self, owner, session=session, place=place, lease=0.005)

    WitnessedLog.append = unfenced  # type: ignore[method-assign]
    WitnessedLog.claim = brief  # type: ignore[method-assign]


def _approval_reuse() -> None:
    _reword("use_approval", " AND status = 'approved' AND used_by IS NULL", "")
    called = evolve._called

    def pinned_for_good(state: State, event: SkillCalled) -> State:
        return replace(called(state, event), pinned=state.pinned, pinned_by=state.pinned_by)

    evolve._called = pinned_for_good


def _cap_unchecked() -> None:
    _reword("change_session", " AND (:holds = 0 OR spent + :spent + held + :held <= cap)", "")
    Budget.fits = lambda self, worst: True  # type: ignore[method-assign]


def _ack_before_commit() -> None:
    append = WitnessedLog.append

    async def hasty(
        self: WitnessedLog, session: str, drafts: Sequence[Draft], *, expected: int | None, epoch: int | None
    ) -> Sequence[Envelope]:
        if expected is not None:
            self.acknowledge([place(draft, session, seq) for seq, draft in enumerate(drafts, expected + 1)])
        return await append(self, session, drafts, expected=expected, epoch=epoch)

    WitnessedLog.append = hasty  # type: ignore[method-assign]


def _repeats_everything() -> None:
    lost = evolve._lost

    def harmless(state: State, event: CallLost) -> State:
        return lost(state, replace(event, repeat=True))

    evolve._lost = harmless


def _words_dropped() -> None:
    append: Callable[..., Awaitable[None]] = Control._append

    async def shrugging(self: Control, *given: Any) -> None:
        try:
            await append(self, *given)
        except Conflict:
            return

    Control._append = shrugging  # type: ignore[method-assign,assignment]


def _reword(name: str, old: str, new: str) -> None:
    """Change one named statement. Raises LookupError when there is nothing to change: it would plant nothing."""
    shipped = connection.statements()
    if old not in shipped[name]:
        raise LookupError(f"`{name}` no longer says `{old}`; mend the mutant")
    log.statements = lambda: shipped | {name: shipped[name].replace(old, new)}  # type: ignore[attr-defined]


_DONE = "an effect was announced durably before it was done"
_TWICE = "nothing that is not idempotent is done twice"

MUTANTS = (
    Mutant("write-ahead", "a skill is called before its announcement is durable", _DONE, _write_ahead),
    Mutant("unfenced", "a worker that lost its claim goes on writing", "every call ends exactly once", _unfenced),
    Mutant(
        "approval-reuse",
        "nobody checks whether an approval was used",
        "an approval is used at most once",
        _approval_reuse,
    ),
    Mutant("cap-unchecked", "neither gate nor store holds the cap", "spend never exceeds the cap", _cap_unchecked),
    Mutant(
        "ack-before-commit",
        "an append is acknowledged before its commit",
        "no acknowledged event is lost",
        _ack_before_commit,
    ),
    Mutant("repeats-everything", "a cut-off act is repeated, idempotent or not", _TWICE, _repeats_everything),
    Mutant(
        "words-dropped",
        "a person's word that meets a driver's commit is dropped",
        "no acknowledged word is lost",
        _words_dropped,
    ),
)
