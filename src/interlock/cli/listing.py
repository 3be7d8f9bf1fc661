"""Listing sessions: what there is, and what waits for a person."""

import sys

import msgspec

from interlock.bootstrap import Interlock
from interlock.cli.render.columns import session_lines, write_lines
from interlock.core.session_row import SessionRow


async def listed(*, workspace: str | None = None, waiting: bool = False, limit: int = 50, as_json: bool = False) -> int:
    """Print the sessions, newest first. Returns the exit code."""
    async with Interlock.open() as il:
        rows = await il.log.rows(workspace=workspace, limit=limit)
        rows = [row for row in rows if not waiting or row.status == "waiting"]
        if as_json:
            for row in rows:
                sys.stdout.write(msgspec.json.encode({**_fields(row), "status": row.status}).decode() + "\n")
            return 0
        if not sys.stdout.isatty():
            write_lines([*session_lines(rows, il.clock.now()), *await _not_told(il)])
            return 0
        from interlock.cli.render.console import console_for, print_wrapped
        from interlock.cli.render.tables import print_sessions

        console = console_for(sys.stdout)
        print_sessions(console, rows, il.clock.now())
        print_wrapped(console, await _not_told(il))
        return 0


async def _not_told(il: Interlock) -> list[str]:
    """What to say of notices that did not get through."""
    if not (notices := await il.log.outbox.notices(unsettled=True)):
        return []
    from interlock.core.views.telling import undelivered

    return [words] if (words := undelivered(notices)) else []


def _fields(row: SessionRow) -> dict[str, object]:
    return {name: getattr(row, name) for name in row.__struct_fields__}
