"""Interlock: hand work to autonomous agents and stay in control.

The Python interface is one page: open a store, start a session from a sentence, follow its events, answer it.

    async with Interlock.open() as il:
        session = await il.start("Fix it until pytest passes.", workspace="app")
        async for event in session.events():
            print(event.kind)
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from interlock.bootstrap import Interlock, Running
    from interlock.core.commands import Approve, Edit, Pause, Reject, Resume, Stop
    from interlock.core.events import Envelope
    from interlock.core.state import State
    from interlock.engine.control import Refused
    from interlock.order import Contradiction, Overrides, Unclear

__all__ = [
    "Approve",
    "Contradiction",
    "Edit",
    "Envelope",
    "Interlock",
    "Overrides",
    "Pause",
    "Refused",
    "Reject",
    "Resume",
    "Running",
    "State",
    "Stop",
    "Unclear",
]

_PLACES = {
    "interlock.bootstrap": ("Interlock", "Running"),
    "interlock.core.commands": ("Approve", "Edit", "Pause", "Reject", "Resume", "Stop"),
    "interlock.core.events": ("Envelope",),
    "interlock.core.state": ("State",),
    "interlock.engine.control": ("Refused",),
    "interlock.order": ("Contradiction", "Overrides", "Unclear"),
}


def __getattr__(name: str) -> Any:
    """Public names are loaded when they are asked for, so that `import interlock` costs nothing."""
    from importlib import import_module

    for place, names in _PLACES.items():
        if name in names:
            return getattr(import_module(place), name)
    raise AttributeError(f"module `interlock` has no name `{name}`")
