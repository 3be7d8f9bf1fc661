"""Bring the database up to date: `python -m shop.migrate` runs each file of `migrations/` once, in order."""

import sqlite3
from contextlib import closing
from pathlib import Path

from ci.usage import bill

from shop import config

MIGRATIONS = Path("migrations")


def apply(database: Path, migrations: Path = MIGRATIONS) -> list[str]:
    """Run what has not run yet; returns the names of the files that ran. Safe to call again."""
    ran: list[str] = []
    with closing(sqlite3.connect(database, isolation_level=None)) as db:
        db.execute("CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY)")
        done = {name for (name,) in db.execute("SELECT name FROM migration")}
        for file in sorted(migrations.glob("*.sql")):
            if file.name not in done:
                db.executescript(f"BEGIN;\n{file.read_text(encoding='utf-8')}")
                db.execute("INSERT INTO migration VALUES (?)", (file.name,))
                db.execute("COMMIT")
                ran.append(file.name)
    return ran


if __name__ == "__main__":
    print("applied:", ", ".join(apply(config.load().database)) or "nothing, the database is up to date")
    bill("migrate")
