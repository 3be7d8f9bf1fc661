"""Finding a session or a question by its id's beginning, and the exit code that a session stands for."""

from interlock.bootstrap import Interlock
from interlock.cli.failing import BadInput
from interlock.core.session_row import SessionRow

BY_LIMIT = ("max_iterations", "max_time", "budget_exceeded", "permission_violation")
WAITS, PAUSED, LIMIT, REJECTED, WITHOUT_SUCCESS = 10, 11, 20, 21, 22


async def session_of(il: Interlock, beginning: str) -> str:
    """The one session whose id, or whose question's id, begins so. Raises BadInput."""
    return (await _found(il, beginning))[0]


async def question_of(il: Interlock, beginning: str) -> tuple[str, str]:
    """(session, question) for a question's id, or for a session that has an open one. Raises BadInput."""
    session, approval = await _found(il, beginning)
    if approval:
        return session, approval
    row = await il.row(session)
    if row is None or not row.question:
        raise BadInput(f"session `{session}` asks nothing; `interlock ls` shows what waits")
    return session, row.question


async def _found(il: Interlock, beginning: str) -> tuple[str, str]:
    if not beginning.strip():
        raise BadInput("an empty id names nothing; `interlock ls` shows the ids")
    found = await il.log.find({"ses": "ses-", "apr": "apr-"}.get(beginning.strip(), beginning.strip()))
    if not found:
        raise BadInput(f"nothing here begins with `{beginning}`; `interlock ls` shows the ids")
    if len({session for session, _ in found}) > 1 or len({approval for _, approval in found}) > 1:
        named = ", ".join(f"`{approval or session}`" for session, approval in found[:5])
        raise BadInput(f"`{beginning}` is not unique: {named}; say more of it")
    return found[0]


def exit_code(row: SessionRow) -> int:
    """What the session's state means to a caller."""
    match row.status:
        case "waiting":
            return WAITS
        case "paused":
            return PAUSED
        case "ended":
            return _ended(row.outcome)
        case _:
            return 0


def _ended(outcome: str) -> int:
    if outcome == "success":
        return 0
    if outcome == "rejected":
        return REJECTED
    return LIMIT if outcome in BY_LIMIT else WITHOUT_SUCCESS
