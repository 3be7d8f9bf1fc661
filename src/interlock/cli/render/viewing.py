"""Which view fits: live on a terminal, plain lines elsewhere, the least for quiet people."""

from collections.abc import Mapping

from rich.console import Console

from interlock.cli.render.live import LiveView
from interlock.cli.render.plain import PlainView, QuietView, View


def view_for(
    console: Console,
    *,
    quiet: bool = False,
    plain: bool = False,
    goal: str = "",
    environ: Mapping[str, str] | None = None,
) -> View:
    """The view for a console; `plain` redraws nothing. `environ` tells a terminal that can't redraw (`TERM=dumb`)."""
    if quiet:
        return QuietView(console)
    can_redraw = console.is_terminal and not console.is_dumb_terminal and (environ or {}).get("TERM") != "dumb"
    return LiveView(console, goal=goal) if can_redraw and not plain else PlainView(console)
