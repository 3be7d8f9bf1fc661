"""A question to a person, drawn: a panel on a terminal, plain lines elsewhere."""

from collections.abc import Sequence

from rich.console import Console, Group
from rich.panel import Panel
from rich.text import Text

from interlock.cli.render.console import indented, print_lines
from interlock.core.views.text import Section, clean, flat


def print_question(console: Console, sections: Sequence[Section]) -> None:
    """The question's sections, as `core.views.asking` makes them."""
    if not console.is_terminal:
        print_lines(console, ["", *flat(tuple(sections)), ""])
        return
    console.print(question_panel(sections))


def question_panel(sections: Sequence[Section]) -> Panel:
    """The first section heads the panel; the commands to answer stand out."""
    first, *rest = sections
    parts: list[object] = [Text(clean(line), style="bold") for line in first.lines]
    for section in rest:
        parts.append(Text(clean(section.title), style="yellow"))
        style = "bold cyan" if section.title == "to answer" else ""
        for line in section.lines:
            padded = indented(line, 2)
            if style and isinstance(padded.renderable, Text):
                padded.renderable.stylize(style)
            parts.append(padded)
    return Panel(Group(*parts), title=Text(clean(first.title)), border_style="yellow")  # type: ignore[arg-type]
