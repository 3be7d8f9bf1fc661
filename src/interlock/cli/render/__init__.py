"""What people see on a terminal: the live view, plain lines where there is none, questions, tables."""

from interlock.cli.render.console import console_for, print_lines, print_sections, print_wrapped
from interlock.cli.render.live import LiveView
from interlock.cli.render.plain import PlainView, QuietView, View
from interlock.cli.render.question import print_question
from interlock.cli.render.tables import print_memory, print_sessions, print_timeline
from interlock.cli.render.viewing import view_for

__all__ = [
    "LiveView",
    "PlainView",
    "QuietView",
    "View",
    "console_for",
    "print_lines",
    "print_memory",
    "print_question",
    "print_sections",
    "print_sessions",
    "print_timeline",
    "print_wrapped",
    "view_for",
]
