"""The embedded store: sessions, events, approvals, memory and seal in one SQLite file, safe for several processes."""

from interlock.adapters.sqlite.log import SqliteLog

__all__ = ["SqliteLog"]
