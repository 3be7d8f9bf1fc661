"""What a run left behind, read without a line of the product: ledgers, and the database through bare sqlite3."""

import hashlib
import json
import sqlite3
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.faults.ledgers import LEDGERS, lines_of


@dataclass(frozen=True)
class Record:
    """One stored event."""

    session: str
    seq: int
    id: str
    kind: str
    sha256: str
    actor: str
    cause: str | None
    said: dict[str, Any]


@dataclass(frozen=True)
class Records:
    """All that is left of a run. The ledgers are read before the database: what they promise must be in it."""

    effects: list[dict[str, Any]]
    acknowledged: list[dict[str, Any]]
    words: list[dict[str, Any]]
    deaths: list[dict[str, Any]]
    trouble: list[dict[str, Any]]
    sessions: dict[str, dict[str, Any]]
    approvals: dict[str, dict[str, Any]]
    events: dict[str, list[Record]]

    def of_kind(self, session: str, *kinds: str) -> list[Record]:
        """The session's events of these kinds, in order."""
        return [record for record in self.events.get(session, ()) if record.kind in kinds]


def read_records(folder: Path) -> Records:
    """Read everything."""
    ledgers = {name: list(lines_of(folder, name)) for name in LEDGERS}
    with closing(sqlite3.connect(folder / "interlock.db")) as db:
        db.row_factory = sqlite3.Row
        sessions = {row["id"]: dict(row) for row in db.execute("SELECT * FROM sessions")}
        approvals = {row["id"]: dict(row) for row in db.execute("SELECT * FROM approvals")}
        events: dict[str, list[Record]] = defaultdict(list)
        for row in db.execute("SELECT session, seq, id, kind, body FROM events ORDER BY session, seq"):
            events[row["session"]].append(_record(row))
    return Records(**ledgers, sessions=sessions, approvals=approvals, events=dict(events))


def _record(row: sqlite3.Row) -> Record:
    body = json.loads(row["body"])
    return Record(
        session=row["session"],
        seq=row["seq"],
        id=row["id"],
        kind=row["kind"],
        sha256=hashlib.sha256(row["body"]).hexdigest(),
        actor=body["actor"],
        cause=body["cause"],
        said=body["data"],
    )
