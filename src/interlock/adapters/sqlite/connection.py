"""Opening the store's file: settings, named statements, migrations, and errors in words that say what to do."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from interlock.core.audit import Sealer, Tree
from interlock.ports import StoreUnusable

DATABASE = "interlock.db"
APPLICATION_ID = 0x494E5452  # "INTR": tells our files from other people's


def statements() -> dict[str, str]:
    """The named statements of `queries.sql`."""
    text = resources.files(__package__).joinpath("queries.sql").read_text()
    named = (block.partition("\n") for block in text.split("-- name: ")[1:])
    return {name.strip(): body.strip() for name, _, body in named}


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """Turn SQLite's and the system's errors into StoreUnusable."""
    try:
        yield
    except sqlite3.Error as problem:
        raise StoreUnusable(_words(path, problem)) from problem
    except OSError as problem:
        raise StoreUnusable(f"can't use the store `{path}`: {problem.strerror or problem}") from problem


def connect(path: Path, *, busy: float, sealer: Sealer) -> sqlite3.Connection:
    """A connection to the store, made and migrated where needed; waits `busy` seconds for others' locks."""
    with in_words(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = not path.exists() or path.stat().st_size == 0
        if fresh:
            _refuse_to_begin_anew(path, sealer)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = _opened(path, busy)
        try:
            _migrate(connection, path, sealer)
            _refuse_foreign_seal(connection, path, sealer)
        except BaseException:
            connection.close()
            raise
        return connection


def connect_to_read(path: Path) -> sqlite3.Connection:
    """A connection that can't write, for checks and copies. The file must be there."""
    if not path.exists():
        raise StoreUnusable(f"the database `{path}` is missing; restore a backup")
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)


def _opened(path: Path, busy: float) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=busy, isolation_level=None, cached_statements=256)
    _into_wal(connection, busy)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_size_limit = 67108864")
    return connection


def _into_wal(connection: sqlite3.Connection, busy: float) -> None:
    """Waits for whoever makes the store at this moment: SQLite's own timeout does not hold for this switch."""
    until = time.monotonic() + busy
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as problem:
            if problem.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        time.sleep(0.01)


def _migrate(connection: sqlite3.Connection, path: Path, sealer: Sealer) -> None:
    known = _migrations()
    if _version(connection, path, len(known)) == len(known):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Read again under the lock: another process may have migrated meanwhile.
        for number in range(_version(connection, path, len(known)), len(known)):
            for statement in known[number]:
                connection.execute(statement)
            if number == 0:
                _found(connection, sealer)
        connection.execute(f"PRAGMA user_version = {len(known)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _version(connection: sqlite3.Connection, path: Path, newest: int) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    application: int = connection.execute("PRAGMA application_id").fetchone()[0]
    tables: int = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and application != APPLICATION_ID:
        raise StoreUnusable(f"`{path}` is a database of something else; move it away or choose another INTERLOCK_HOME")
    if version > newest:
        raise StoreUnusable(
            f"the store `{path}` has schema {version}, this interlock knows {newest}; upgrade interlock"
            " or choose another INTERLOCK_HOME"
        )
    return version


def _found(connection: sqlite3.Connection, sealer: Sealer) -> None:
    head = sealer.signed(Tree())
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("INSERT INTO meta (name, value) VALUES ('origin', ?)", (sealer.origin,))
    connection.execute("INSERT INTO head VALUES (1, 0, x'', ?, ?)", (head.root, head.signature))


def _migrations() -> list[list[str]]:
    folder = resources.files(__package__).joinpath("migrations")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    return [list(_split(file.read_text())) for file in files]


def _split(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _refuse_to_begin_anew(path: Path, sealer: Sealer) -> None:
    if records := max((head.size for head in sealer.published() or ()), default=0):
        raise StoreUnusable(
            f"the database `{path}` is missing or empty, yet its heads file knows {records} records; restore a backup,"
            " or move `seal.key` and `heads.log` away to begin anew"
        )


def _refuse_foreign_seal(connection: sqlite3.Connection, path: Path, sealer: Sealer) -> None:
    origin = connection.execute("SELECT value FROM meta WHERE name = 'origin'").fetchone()
    if origin is None or origin[0] != sealer.origin:
        raise StoreUnusable(f"`seal.key` beside `{path}` belongs to another store; put the store's own key back")


def _words(path: Path, problem: sqlite3.Error) -> str:
    # The primary code is the low byte of SQLite's extended one.
    match getattr(problem, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return f"the store `{path}` is damaged ({problem}); restore a backup, `interlock audit verify` says more"
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return f"the store `{path}` is locked by another process; end what holds it (`fuser {path}`) and try again"
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return f"the store `{path}` can't be written ({problem}); check its owner, or choose another INTERLOCK_HOME"
        case sqlite3.SQLITE_FULL:
            return f"no space left for the store `{path}`; nothing of this step was recorded: free some, try again"
        case _:
            return f"the store `{path}` can't be used: {problem}; check disk and free space"
