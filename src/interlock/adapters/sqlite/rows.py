"""Rows of the store's tables as the core's values, and back."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import asdict

from interlock.core.memory import Remembered
from interlock.core.session_row import SessionRow

_ROW_FIELDS = SessionRow.__struct_fields__
_MEMORY_FIELDS = Remembered.__struct_fields__


def session_row(values: Sequence[Any]) -> SessionRow:
    """A row of `sessions`."""
    row = dict(zip(_ROW_FIELDS, values, strict=True))
    return SessionRow(**row | {"paused": bool(row["paused"])})


def remembered(values: Sequence[Any]) -> Remembered:
    """A row of `memory`, as it counted when it was last written."""
    entry = dict(zip(_MEMORY_FIELDS, values, strict=True))
    return Remembered(**entry | {"forgotten": bool(entry["forgotten"])})


def remember(connection: sqlite3.Connection, sql: Mapping[str, str], record: Remembered) -> None:
    """Write the record in its place."""
    connection.execute(sql["remember"], asdict(record))
