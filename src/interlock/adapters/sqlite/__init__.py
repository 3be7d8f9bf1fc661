"""The embedded store: sessions, events, approvals, memory and seal in one SQLite file, safe for several processes."""

from interlock.adapters.sqlite.log import SqliteLog
from interlock.adapters.sqlite.upkeep import backup, prune
from interlock.adapters.sqlite.verify import verify

__all__ = ["SqliteLog", "backup", "prune", "verify"]
