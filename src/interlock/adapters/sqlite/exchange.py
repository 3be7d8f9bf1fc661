"""Taking in what another store has learned, apart from what this one has."""

import sqlite3
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from interlock.adapters.sqlite.rows import remember
from interlock.core.memory import Remembered


def take_in(
    connection: sqlite3.Connection, sql: Mapping[str, str], records: Sequence[Remembered], *, origin: str
) -> int:
    """Replace all of `origin` by these records in one transaction; what was forgotten here stays so."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        forgotten = set(connection.execute(sql["forgotten_of"], (origin,)).fetchall())
        connection.execute(sql["drop_origin"], (origin,))
        taken = [one for one in records if (one.fingerprint, one.fix, one.environment) not in forgotten]
        for one in taken:
            remember(connection, sql, replace(one, origin=origin))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return len(taken)
