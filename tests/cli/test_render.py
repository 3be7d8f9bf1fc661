"""Rendering: live on a terminal, plain lines elsewhere; whatever a process prints, it stays its own words."""

import io
import re

import pytest
from msgspec.structs import replace
from rich.console import Console

from interlock.cli.render.board import bar
from interlock.cli.render.console import console_for, print_sections
from interlock.cli.render.live import LiveView
from interlock.cli.render.plain import PlainView, QuietView, print_row
from interlock.cli.render.question import print_question
from interlock.cli.render.tables import print_memory, print_sessions
from interlock.cli.render.viewing import view_for
from interlock.core.events import Draft, SkillCalled
from interlock.core.memory import Remembered
from interlock.core.session_row import SessionRow, begun
from interlock.core.views.asking import open_question
from interlock.core.views.explaining import explain
from interlock.core.views.summary import summary
from interlock.core.views.timeline import timeline
from logs import BEGAN, USD, Log, given_up, repaired, until_the_question

HOSTILE = "\x1b[2J\x1b]0;owned\x07[bold red]1 12:00:00 ✓ ends: success[/]\r\x1b[1A\u202eno"


def terminal(width: int = 80, **more: object) -> Console:
    """A console that believes it is a terminal."""
    return Console(
        file=io.StringIO(),
        force_terminal=True,
        width=width,
        height=30,
        markup=False,
        highlight=False,
        emoji=False,
        **more,
    )  # type: ignore[arg-type]


def pipe(width: int = 80) -> Console:
    """A console on a stream that is no terminal."""
    return console_for(io.StringIO(), width)


def printed(console: Console) -> str:
    """What was written so far."""
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def seen(console: Console) -> str:
    """What was written, without colours and cursor movements."""
    return re.sub(r"\x1b\[[0-?]*[a-zA-Z]", "", printed(console)).replace("\r", "\n")


def running(log: Log) -> int:
    """How many events there are when the first act runs."""
    return next(at for at, one in enumerate(log.envelopes, 1) if isinstance(one.data, SkillCalled))


def test_without_a_terminal_there_are_plain_lines_without_a_single_escape() -> None:
    console = pipe(60)
    with view_for(console) as view:
        assert isinstance(view, PlainView)
        for envelope in repaired().envelopes:
            view.saw(envelope)

    text = printed(console)
    assert "\x1b" not in text
    assert "stop hook: TERMINATE by checks_pass (branch 2)" in text
    assert "interlock approve apr-7f3a [--up-to USD]" in text


def test_the_view_fits_the_place() -> None:
    assert isinstance(view_for(terminal()), LiveView)
    assert isinstance(view_for(terminal(), quiet=True), QuietView)
    assert isinstance(view_for(terminal(), plain=True), PlainView)
    assert isinstance(view_for(terminal(), environ={"TERM": "dumb"}), PlainView)


def test_quiet_prints_questions_and_the_end_alone() -> None:
    console = pipe()
    with view_for(console, quiet=True) as view:
        for envelope in repaired().envelopes:
            view.saw(envelope)
            view.output("noise")
            view.tick(envelope.at + 60 * USD)

    text = printed(console)
    assert "question apr-7f3a" in text
    assert "ends: success" in text
    assert "noise" not in text
    assert "proposes" not in text


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_nothing_that_is_drawn_is_wider_than_the_terminal(width: int) -> None:
    console = terminal(width, color_system=None)
    log = repaired()
    with LiveView(console, goal="the deployment works " * 20) as view:
        for envelope in log.envelopes:
            view.saw(envelope)
            view.output("x" * 1000)
            view.tick(envelope.at + 5 * USD)
    print_sections(console, explain(log.envelopes, 1).sections)
    print_sections(console, summary(given_up().envelopes))

    assert max(len(line) for line in seen(console).splitlines()) <= width


def test_the_board_shows_plan_money_confidence_and_the_running_act() -> None:
    console = terminal(100, color_system=None)
    log = until_the_question()
    checking = next(at for at, one in enumerate(log.envelopes, 1) if one.kind == "ChecksCalled")
    acting = log.envelopes[:checking]
    view = LiveView(console, goal="the deployment works")
    for envelope in acting:
        view.saw(envelope)
    view.output("collected 4 items")
    view.tick(acting[-1].at + USD)
    console.file = io.StringIO()
    console.print(view.board())

    board = seen(console)
    assert "iteration 6 of 30" in board
    assert "confidence 0.80" in board
    assert "✓ migrate" in board
    assert "○ unit" in board
    assert "ask $50.00 · cap $100.00" in board
    assert "checks unit, smoke · 1 s of at most 20 min" in board
    assert "│ collected 4 items" in board


@pytest.mark.parametrize("make", [PlainView, LiveView])
def test_silence_of_three_seconds_is_explained(make: type[PlainView] | type[LiveView]) -> None:
    console = terminal(200, color_system=None) if make is LiveView else pipe(200)
    log = repaired()
    began = running(log)
    at = log.envelopes[began - 1].at
    with make(console) as view:
        for envelope in log.envelopes[:began]:
            view.saw(envelope)
        view.output("connecting")
        view.tick(at + 1 * USD)
        assert "Ctrl-C" not in seen(console)
        view.tick(at + 5 * USD)

    assert (
        "command.task(migrate) · 5 s of at most 10 min · last output: connecting · Ctrl-C pauses, nothing is lost"
    ) in seen(console)


def test_plain_silence_is_told_once_and_then_every_half_minute() -> None:
    console, log = pipe(200), repaired()
    view = PlainView(console)
    began = running(log)
    for envelope in log.envelopes[:began]:
        view.saw(envelope)
    for second in range(1, 70):
        view.tick(log.envelopes[began - 1].at + second * USD)

    assert [line.split(" · ")[1] for line in printed(console).splitlines() if "Ctrl-C" in line] == [
        "3 s of at most 10 min", "33 s of at most 10 min", "1 min 3 s of at most 10 min",
    ]  # fmt: skip


@pytest.mark.parametrize("make", [PlainView, LiveView])
def test_hostile_output_stays_behind_its_bar_and_steers_nothing(make: type[PlainView] | type[LiveView]) -> None:
    console = terminal(100, color_system=None) if make is LiveView else pipe(100)
    log = repaired()
    with make(console) as view:
        for envelope in log.envelopes[: running(log)]:
            view.saw(envelope)
        view.output(HOSTILE)
        view.tick(log.at)

    text = printed(console)
    assert "\x1b[2J" not in text and "\x1b]" not in text and "\u202e" not in text
    forged = [line for line in seen(console).splitlines() if "ends: success" in line]
    assert forged
    assert all("     │ [bold red]1 12:00:00 ✓ ends: success[/]" in line for line in forged)


def test_a_flood_of_output_is_cut_in_the_plain_view() -> None:
    console, log = pipe(), repaired()
    view = PlainView(console)
    for envelope in log.envelopes[: running(log)]:
        view.saw(envelope)
    for number in range(10_000):
        view.output(f"line {number} " + "x" * 500)

    lines = [line for line in printed(console).splitlines() if "│" in line]
    assert len(lines) == 21
    assert lines[-1].endswith("… more; `interlock logs` shows all of it")
    assert max(map(len, lines)) <= 160


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    console = terminal(80, color_system="truecolor")
    for row in timeline(repaired().envelopes):
        print_row(console, row)

    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", printed(console))


def test_an_encoding_without_the_signs_does_not_break_the_view() -> None:
    raw = io.BytesIO()
    console = console_for(io.TextIOWrapper(raw, encoding="ascii"), 80)
    for row in timeline(given_up().envelopes):
        print_row(console, row)
    console.file.flush()

    assert b"? check unit fails" in raw.getvalue()


@pytest.mark.parametrize("width", [60, 100])
def test_a_question_is_drawn_whole(width: int) -> None:
    log = until_the_question()
    console = terminal(width, color_system=None)
    print_question(console, open_question(log.state, log.at))

    text = seen(console)
    assert "question apr-7f3a" in text
    assert 'argv = ["python","-m","shop.reindex"]' in text
    for command in ("approve apr-7f3a [--up-to USD]", "reject apr-7f3a", "edit apr-7f3a --set key=value"):
        assert f"interlock {command}" in text


def _row(**changes: object) -> SessionRow:
    log = Log()
    row = begun("ses-0001", Draft(id="e1", at=BEGAN, iteration=0, actor="", event=log.envelopes[0].data))
    assert row is not None
    return replace(row, **changes)


@pytest.mark.parametrize("width", [60, 120])
def test_sessions_are_listed_with_what_waits_for_me(width: int) -> None:
    console = terminal(width, color_system=None)
    rows = [
        _row(question="apr-7f3a", spent=12 * USD),
        _row(id="ses-0002", outcome="success", words="[bold]fix[/bold] it"),
    ]
    print_sessions(console, rows, BEGAN + 90 * USD)

    text = seen(console)
    assert re.search(r"ses-0001 +waiting +0 +\$12\.00 of \$50\.00 +1 min ago", text)
    assert re.search(r"ses-0002 +success", text)
    assert "[bold]fix[/bold] it" in text
    assert "1 session waits for you:\n  ses-0001: interlock show ses-0001; interlock approve apr-7f3a" in text
    assert max(map(len, text.splitlines())) <= max(width, 66)


def test_a_list_in_a_pipe_is_whole() -> None:
    console = pipe(40)
    print_sessions(console, [_row()], BEGAN)

    assert "ask me if cost goes above $50." in printed(console).splitlines()[1]


def test_nothing_yet_comes_with_an_example() -> None:
    console = pipe()
    print_sessions(console, [], 0)
    print_memory(console, [], 0)

    assert 'interlock run "Keep fixing it' in printed(console)
    assert "nothing is remembered yet" in printed(console)


def test_memory_is_listed_with_its_record_and_how_sure_it_is() -> None:
    console = pipe()
    seen = Remembered(
        fingerprint="v1:abc", fix="pin-older", environment="py311", wins=2, tries=3, cost=USD,
        counted_wins=2.0, counted_tries=3.0,
    )  # fmt: skip
    print_memory(
        console, [seen, replace(seen, fix="wait", wins=0, tries=0, refused=1, origin="interlock/b")], 3_000_000
    )

    assert re.search(r"v1:abc +pin-older +2 of 3 +60% +32% to 86% +\$1\.00 +– +3 s ago +py311", printed(console))
    assert re.search(r"wait +0 of 0 +– +– +\$1\.00 +1 +3 s ago +py311 \(from interlock/b\)", printed(console))
    assert "Laplace's rule" in printed(console)


def test_the_bar_marks_the_ask_line_and_what_is_held() -> None:
    assert bar(25, 25, 50, 100, 20).plain == "━━━━━╍╍╍╍╍┃─────────"
    assert bar(0, 0, 100, 100, 10).plain == "─────────┃"
    assert bar(0, 0, 0, 0, 10).plain == "┃─────────"
