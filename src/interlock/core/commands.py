"""What may be asked of Interlock: imperative, by a person, answered by events."""

from msgspec import Struct

from interlock.core.plan import Act


class Approve(Struct, frozen=True, tag=True, kw_only=True):
    """Answer a question with yes. `up_to` (micro-dollars) also raises the ask line, never above the cap."""

    approval: str
    up_to: int | None = None


class Reject(Struct, frozen=True, tag=True, kw_only=True):
    """Answer a question with no: the session ends as rejected."""

    approval: str
    reason: str = ""


class Edit(Struct, frozen=True, tag=True, kw_only=True):
    """Answer a question with another act: pinned, not yet approved, gated under its own digest."""

    approval: str
    act: Act


class Pause(Struct, frozen=True, tag=True, kw_only=True):
    """Let a running act end, then wait."""


class Resume(Struct, frozen=True, tag=True, kw_only=True):
    """Go on after a pause."""


class Stop(Struct, frozen=True, tag=True, kw_only=True):
    """End the running act (SIGTERM, 5 s, SIGKILL), skip its checks, and let the hook end the session."""

    reason: str = ""


Command = Approve | Reject | Edit | Pause | Resume | Stop
