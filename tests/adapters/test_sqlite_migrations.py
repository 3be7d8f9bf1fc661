"""A store that an older version made is taken on as it is, and nothing in it is lost."""

import sqlite3
from importlib import resources

from interlock.adapters.seal import Seal
from interlock.adapters.sqlite import SqliteLog
from interlock.core.memory import Remembered
from interlock.testing import FakeClock


def first_schema() -> str:
    return resources.files("interlock.adapters.sqlite").joinpath("migrations", "0001_initial.sql").read_text()


async def test_memory_from_before_records_faded_counts_in_full(tmp_path):
    clock, seal = FakeClock(), Seal.open(tmp_path)
    SqliteLog.open(tmp_path, clock=clock, seal=seal).close()
    database = sqlite3.connect(tmp_path / "interlock.db")
    of_old = first_schema().partition("CREATE TABLE memory (")[2]
    database.executescript(
        f"DROP TABLE memory; CREATE TABLE memory ({of_old};"
        f"INSERT INTO memory VALUES ('f1', 'wait', 'here', 2, 3, 50, {clock.now()}, 0);"
        "PRAGMA user_version = 2;"
    )
    database.close()

    log = SqliteLog.open(tmp_path, clock=clock, seal=seal)
    assert await log.all_memory() == [
        Remembered(
            fingerprint="f1", fix="wait", environment="here", wins=2, tries=3, cost=50, last_at=clock.now(),
            counted_wins=2.0, counted_tries=3.0,
        )
    ]  # fmt: skip
    log.close()
