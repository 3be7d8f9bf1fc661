"""Listing sessions: what there is, and what waits for a person."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from interlock.bootstrap import Interlock
from interlock.cli.failing import bounded
from interlock.cli.render.console import console_for, write
from interlock.cli.render.tables import print_sessions
from interlock.core.session_row import SessionRow

JsonFlag = Annotated[bool, Parameter(name="--json", negative="")]


def ls(*, workspace: Path | None = None, waiting: Annotated[bool, Parameter(negative="")] = False,
       limit: int = 50, json: JsonFlag = False) -> int:  # fmt: skip
    """List sessions, newest first, with what waits for you on top.

    Examples: `interlock ls` · `interlock ls --waiting --json`

    :param workspace: Only those of this folder.
    :param waiting: Only those that wait for a person.
    :param limit: How many at most.
    :param json: One object a line.
    """
    bounded("--limit", limit, least=1)
    return asyncio.run(_ls(str(workspace.resolve()) if workspace else None, waiting, limit, json))


async def _ls(workspace: str | None, waiting: bool, limit: int, as_json: bool) -> int:
    async with Interlock.open() as il:
        rows = await il.log.rows(workspace=workspace, limit=limit)
        rows = [row for row in rows if not waiting or row.status == "waiting"]
        if as_json:
            for row in rows:
                write(msgspec.json.encode({**_fields(row), "status": row.status}))
            return 0
        print_sessions(console_for(sys.stdout), rows, il.clock.now())
        return 0


def _fields(row: SessionRow) -> dict[str, object]:
    return {name: getattr(row, name) for name in row.__struct_fields__}
