"""The one entrance for people: a command is checked against the session as it is, and becomes events."""

from collections.abc import Callable
from typing import assert_never

from interlock.core.commands import Approve, Command, Edit, Pause, Reject, Resume, Stop
from interlock.core.events import (
    AnyEvent,
    ApprovalAnswered,
    ApprovalExpired,
    ApprovalWithdrawn,
    Draft,
    GoalUnderstood,
    SessionPaused,
    SessionResumed,
    SessionStarted,
    StopRequested,
)
from interlock.core.evolve import replay
from interlock.core.lessons import from_refusal
from interlock.core.money import show
from interlock.core.state import State
from interlock.ports import Clock, Conflict, EventLog, Ids


class Refused(Exception):
    """The command can't be taken; the message says why, and what to do instead."""


class Control:
    """Takes people's commands. `wake` is called after the commit, with the session's id.

    `environment` names this kind of machine, for what is remembered of a refusal.
    """

    def __init__(
        self,
        log: EventLog,
        clock: Clock,
        ids: Ids,
        *,
        environment: str,
        wake: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._log = log
        self._clock = clock
        self._ids = ids
        self._environment = environment
        self._wake = wake

    async def start(self, started: SessionStarted, understood: GoalUnderstood) -> str:
        """Begin a session. Returns its id."""
        session = self._ids.short("ses")
        await self._append(session, [started, understood], State(), started.principal)
        self._wake(session)
        return session

    async def handle(self, session: str, command: Command, principal: str) -> State:
        """Take the command, or raise Refused. A person's word is never lost to a driver's commit in between."""
        while True:
            state = await expire(self._log, self._clock, self._ids, session)
            if not state.id:
                raise Refused(f"there is no session `{session}`; `interlock ls` lists them")
            try:
                await self._append(session, _events(state, command, self._environment), state, principal)
            except Conflict:
                continue
            self._wake(session)
            return replay(await self._log.read(session))

    async def may_undo(self, session: str, step: int) -> None:
        """Raises Refused where an undo would meet acts under way, or an iteration that never was."""
        state = await expire(self._log, self._clock, self._ids, session)
        if not state.id:
            raise Refused(f"there is no session `{session}`; `interlock ls` lists them")
        if state.ended is None:
            raise Refused(f"session `{session}` has not ended; `interlock stop {session}` ends it, then undo it")
        if step > state.iteration:
            raise Refused(f"session `{session}` has {state.iteration} iterations, and none of number {step}")
        for row in await self._log.rows(workspace=state.workspace.root):
            if row.owner and row.status == "running":
                raise Refused(f"session `{row.id}` works in this workspace now; undo when it has ended")

    async def _append(self, session: str, events: list[AnyEvent], state: State, principal: str) -> None:
        await self._log.append(
            session,
            drafts(events, state, self._clock, self._ids, f"person:{principal}"),
            expected=state.version,
            epoch=None,
        )


def drafts(events: list[AnyEvent], state: State, clock: Clock, ids: Ids, actor: str) -> list[Draft]:
    """The events as drafts, each caused by what it answers: the question that is open, else the event before."""
    cause = state.asked_at if state.question else state.last
    made: list[Draft] = []
    for event in events:
        made.append(
            Draft(id=ids.event(), at=clock.now(), iteration=state.iteration, actor=actor, event=event, cause=cause)
        )
        cause = made[-1].id
    return made


async def expire(log: EventLog, clock: Clock, ids: Ids, session: str) -> State:
    """The session's state, after a question past its deadline was recorded as expired."""
    while True:
        state = replay(await log.read(session))
        question = state.question
        if question is None or clock.now() < question.deadline or state.ended:
            return state
        expired = drafts([ApprovalExpired(approval=question.approval)], state, clock, ids, "deadline")
        try:
            await log.append(session, expired, expected=state.version, epoch=None)
        except Conflict:
            continue


def _events(state: State, command: Command, environment: str) -> list[AnyEvent]:
    """What the command makes happen. Raises Refused."""
    if state.ended:
        raise Refused(f"session `{state.id}` has ended ({state.ended}); `interlock show {state.id}` tells how")
    match command:
        case Approve():
            return [_approved(state, command)]
        case Reject():
            _open_question(state, command.approval)
            rejected = ApprovalAnswered(approval=command.approval, answer="rejected", reason=command.reason)
            return [rejected, *from_refusal(state, environment)]
        case Edit():
            return [_edited(state, command)]
        case Pause() | Resume() if state.stop_requested:
            raise Refused(f"session `{state.id}` is stopping already; it can't be paused or resumed any more")
        case Pause():
            if state.paused:
                raise Refused(f"session `{state.id}` is paused already; `interlock resume {state.id}` goes on")
            return [SessionPaused()]
        case Resume():
            if not state.paused:
                raise Refused(f"session `{state.id}` is not paused")
            return [SessionResumed(until=state.question.deadline if state.question else 0)]
        case Stop():
            return _stopped(state, command)
    assert_never(command)


def _open_question(state: State, approval: str) -> None:
    if state.question is None:
        raise Refused(f"question `{approval}` is closed: it was answered, withdrawn, or its time ran out")
    if state.question.approval != approval:
        raise Refused(f"question `{approval}` is closed; the open one is `{state.question.approval}`")


def _approved(state: State, command: Approve) -> ApprovalAnswered:
    _open_question(state, command.approval)
    budget = state.budget
    if command.up_to is not None and command.up_to > budget.cap:
        raise Refused(f"{show(command.up_to)} is above the cap of {show(budget.cap)}; no answer raises the cap")
    if command.up_to is not None and command.up_to < budget.ask_line:
        raise Refused(f"{show(command.up_to)} is below the ask line of {show(budget.ask_line)}; say more or nothing")
    could_be = budget.spent + budget.held + (state.question.worst if state.question else 0)
    if command.up_to is not None and state.question and state.question.subject == "act" and command.up_to < could_be:
        raise Refused(f"the act could take the spend to {show(could_be)}; say at least that, or no amount")
    return ApprovalAnswered(approval=command.approval, answer="approved", up_to=command.up_to)


def _edited(state: State, command: Edit) -> ApprovalAnswered:
    _open_question(state, command.approval)
    assert state.question is not None
    if state.question.subject != "act":
        raise Refused(f"question `{command.approval}` is about going on, not about an act; approve or reject it")
    if command.act.digest == state.question.digest:
        raise Refused("nothing was changed; `interlock approve` allows the act as it is")
    return ApprovalAnswered(approval=command.approval, answer="edited", edited=command.act)


def _stopped(state: State, command: Stop) -> list[AnyEvent]:
    if state.stop_requested:
        raise Refused(f"session `{state.id}` is stopping already")
    void: list[AnyEvent] = [ApprovalWithdrawn(approval=state.question.approval)] if state.question else []
    return [*void, StopRequested(reason=command.reason)]
