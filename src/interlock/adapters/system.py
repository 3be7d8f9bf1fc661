"""Time and ids as the machine gives them."""

import secrets
import time

import uuid_utils


class SystemClock:
    """The wall clock, in unix micro-seconds."""

    def now(self) -> int:
        """Now."""
        return time.time_ns() // 1000


class RandomIds:
    """Event ids are RFC 9562 version 7; short ids are eight random hex digits behind a prefix."""

    def event(self) -> str:
        """A time-ordered UUID."""
        return str(uuid_utils.uuid7())

    def short(self, prefix: str) -> str:
        """Such as `ses-4f2a91c0d3e7`."""
        return f"{prefix}-{secrets.token_hex(6)}"
