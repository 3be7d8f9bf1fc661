"""The outbox on SQLite: what is to be told lies in the store's own file, and is taken under a lease."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from interlock.adapters.sqlite.connection import in_words
from interlock.core.channels import Notice, Outcome
from interlock.ports import Clock

LOOKED_AT = 7 * 86_400 * 1_000_000
_FIELDS = Notice.__struct_fields__


class SqliteOutbox:
    """Implements `Outbox` on the store's connection. Every method may raise StoreUnusable."""

    def __init__(self, path: Path, connection: sqlite3.Connection, sql: dict[str, str], clock: Clock) -> None:
        self._path = path
        self._db = connection
        self._sql = sql
        self._clock = clock

    async def due(self) -> bool:
        """Whether something is to be told now that nobody is telling already."""
        return bool(self._all("any_notice_due", (self._clock.now(),)))

    async def take(self, *, lease: float) -> Notice | None:
        """The notice that is due first, nobody else's for `lease` seconds."""
        now = self._clock.now()
        taken = self._all("take_notice", {"now": now, "until": now + round(lease * 1_000_000)})
        return _notice(taken[0]) if taken else None

    async def settle(
        self, notice: Notice, *, outcome: Outcome, words: str = "", again: int | None = None, tried: bool = True
    ) -> bool:
        """Record what came of a taken notice. False when another taker has it."""
        given = {
            "event": notice.event,
            "channel": notice.channel,
            "until": notice.due,
            "tries": notice.tries - (not tried),
            "outcome": outcome,
            "words": words,
            "again": again,
            "now": self._clock.now(),
        }
        with in_words(self._path):
            return self._db.execute(self._sql["settle_notice"], given).rowcount == 1

    async def notices(self, *, session: str | None = None, unsettled: bool = False) -> Sequence[Notice]:
        """What was to be told, newest first; `unsettled`: what waits, and what failed within a week."""
        name = "unsettled_notices" if unsettled else "notices"
        found = self._all(name, {"session": session, "since": self._clock.now() - LOOKED_AT})
        return [_notice(row) for row in found if session in (None, row[_FIELDS.index("session")])]

    def _all(self, name: str, given: tuple[object, ...] | dict[str, object]) -> list[Any]:
        with in_words(self._path):
            return self._db.execute(self._sql[name], given).fetchall()


def _notice(row: Sequence[Any]) -> Notice:
    return Notice(**dict(zip(_FIELDS, row, strict=True)))
