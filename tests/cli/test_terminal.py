"""At a real terminal: the read-back's question, the prompt for an answer, colours, Ctrl-C and Ctrl-D."""

from collections.abc import Callable
from pathlib import Path

import pytest

from shell import DEAR, SENTENCE, SMOKE, Command, MakeWorkspace, Terminal, the_session, until

Start = Callable[..., Terminal]
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"
CTRL_C, CTRL_D = "\x03", "\x04"
SLOW = '[tasks.build]\nrun = ["./build.sh"]\nidempotent = true\n' + SMOKE
GATED = "#!/bin/sh\ntouch began\nwhile ! test -e go; do sleep 0.05; done\ntouch built\n"


def test_the_reading_is_shown_and_nothing_begins_before_a_yes(
    interlock: Command, terminal: Start, workspace: MakeWorkspace
) -> None:
    shown = terminal("run", SENTENCE, "--workspace", workspace())
    assert "proof: `./check.sh`" in shown.until("Begin? [Y/n]")
    shown.type("n\n")
    assert shown.ended() == 2
    assert "nothing was started" in shown.shown
    assert interlock("ls", "--json").out == ""


def test_a_dear_act_is_asked_about_and_goes_on_after_the_answer(
    interlock: Command, terminal: Start, workspace: MakeWorkspace
) -> None:
    folder = workspace(DEAR)
    shown = terminal("run", SENTENCE, "--workspace", folder, "--yes-to-readback")
    shown.until("[l] later")
    for keys, answer in (
        ("w\n", "what would have changed it"),
        ("u\n", "up to how many dollars"),
        ("€9\n", "currency"),
    ):
        shown.type(keys)
        shown.until(answer)
    shown.type("u\n")
    shown.until("(cap $20.00) ")
    shown.type("1\n")
    shown.until("between $5.00 and $20.00, please")
    shown.type("y\n")
    assert shown.ended() == 0
    assert "success" in shown.shown
    assert (folder / "built").exists()


@pytest.mark.parametrize(("keys", "code", "words"), [("l\n", 10, ""), (CTRL_D, 10, ""), ("r\nno\n", 21, "no")])
def test_an_answer_may_wait_or_be_a_no(
    interlock: Command, terminal: Start, workspace: MakeWorkspace, keys: str, code: int, words: str
) -> None:
    shown = terminal("run", SENTENCE, "--workspace", workspace(DEAR), "--yes-to-readback")
    shown.until("[l] later")
    shown.type(keys)
    assert shown.ended() == code
    assert the_session(interlock)["status"] == ("waiting" if code == 10 else "ended")
    assert words in shown.shown
    assert "Traceback" not in shown.shown


def test_ctrl_c_at_the_prompt_leaves_the_question_for_later(
    interlock: Command, terminal: Start, workspace: MakeWorkspace
) -> None:
    shown = terminal("run", SENTENCE, "--workspace", workspace(DEAR), "--yes-to-readback")
    shown.until("[l] later\r\n> ")
    # one that comes between the prompt and the reading of a line is as good as not pressed: people press again
    assert shown.typed_until_ended(CTRL_C) == 10
    assert the_session(interlock)["status"] == "waiting"
    assert "Traceback" not in shown.shown


def test_an_answer_from_elsewhere_is_seen_when_the_prompt_is_answered(
    interlock: Command, terminal: Start, workspace: MakeWorkspace
) -> None:
    shown = terminal("run", SENTENCE, "--workspace", workspace(DEAR), "--yes-to-readback")
    shown.until("[l] later")
    assert interlock("approve", the_session(interlock)["id"], "--no-drive").code == 0
    shown.type("y\n")
    assert shown.ended() == 0
    assert "is closed" in shown.shown


def test_the_live_view_gives_the_terminal_back_when_it_is_ended_by_ctrl_c_twice(
    interlock: Command, terminal: Start, workspace: MakeWorkspace
) -> None:
    folder = workspace(SLOW, build=GATED)
    shown = terminal("run", SENTENCE, "--workspace", folder, "--yes-to-readback")
    until(lambda: (folder / "began").exists())
    shown.until(HIDE)
    shown.type(CTRL_C)
    shown.until("Ctrl-C again ends this process at once")
    shown.type(CTRL_C)
    assert shown.ended() == 11
    assert shown.shown.rindex(SHOW) > shown.shown.rindex(HIDE)
    assert "nothing is lost" in shown.shown


def test_silence_over_three_seconds_is_explained(interlock: Command, terminal: Start, workspace: MakeWorkspace) -> None:
    folder = workspace(SLOW, build=GATED.replace("touch began\n", "touch began; echo halfway there\n"))
    shown = terminal("run", SENTENCE, "--workspace", folder, "--yes-to-readback")
    shown.until("last output: halfway there")
    said = shown.until("nothing is lost")
    (folder / "go").touch()
    assert "of at most 10 min" in said
    assert "Ctrl-C pauses" in said
    assert shown.ended() == 0


def test_colours_are_for_terminals_and_for_those_who_want_them(
    interlock: Command, terminal: Start, workspace: MakeWorkspace
) -> None:
    interlock("run", SENTENCE, "--workspace", workspace(), "--non-interactive")
    session = the_session(interlock)["id"]
    coloured, plain = terminal("explain", session), terminal("explain", session, NO_COLOR="1")
    assert (coloured.ended(), plain.ended()) == (0, 0)
    assert "\x1b[32m" in coloured.shown or "\x1b[1;32m" in coloured.shown
    assert "[32m" not in plain.shown
    assert "32m" not in interlock("explain", session).out


def test_what_is_piped_is_never_prompted_for(interlock: Command, workspace: MakeWorkspace) -> None:
    assert interlock("run", SENTENCE, "--workspace", workspace(DEAR)).code == 10


def test_a_terminal_that_cannot_redraw_gets_plain_lines(
    terminal: Start, workspace: MakeWorkspace, tmp_path: Path
) -> None:
    shown = terminal("run", SENTENCE, "--workspace", workspace(), "--yes-to-readback", TERM="dumb")
    assert shown.ended() == 0
    assert HIDE not in shown.shown
    assert "stop hook: TERMINATE" in shown.shown
