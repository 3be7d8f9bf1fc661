"""The second checker, with the product's own eyes: decisions made again, and the seal."""

import asyncio
from contextlib import closing
from pathlib import Path

from bench.faults.records import Records
from interlock.adapters.seal import Seal
from interlock.adapters.sqlite import SqliteLog, verify
from interlock.adapters.system import SystemClock
from interlock.core.views.replaying import redecide

IDENTICAL = "every decision is the same when made again"
SEALED = "the seal is intact"


def broken_by_replay(folder: Path, records: Records) -> dict[str, list[str]]:
    """The broken properties by name, each with its problems."""
    found = {IDENTICAL: asyncio.run(_decided_otherwise(folder, list(records.sessions))), SEALED: _unsealed(folder)}
    return {name: problems for name, problems in found.items() if problems}


async def _decided_otherwise(folder: Path, sessions: list[str]) -> list[str]:
    problems = []
    with closing(SqliteLog.open(folder, clock=SystemClock(), seal=Seal.open(folder))) as log:
        for session in sessions:
            again = redecide(await log.read(session))
            if again.first is not None:
                problems.append(f"{session}: {again.line}; first {again.first}")
    return problems


def _unsealed(folder: Path) -> list[str]:
    verified = verify(folder, seal=Seal.open(folder))
    return [] if verified.ok else [verified.problem]
