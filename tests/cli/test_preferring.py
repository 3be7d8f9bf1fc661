"""Preferences and the organisation's word at the command line: set, shown, exported, and heeded by the next session."""

import io
from collections.abc import Callable

import pytest

from interlock.core.events import SessionStarted, decode
from shell import DEAR, SENTENCE, Command, MakeWorkspace, Terminal, the_session

QUIETLY = ("--non-interactive", "--quiet")


def test_what_is_set_is_shown_and_exported_and_what_can_be_set_is_listed(interlock: Command) -> None:
    assert interlock("preferences", "set", "ask_above", "20") == (0, "ask_above is 20\n", "")
    interlock("preferences", "set", "channel.chat", "json://ann:hunter2@example.org/token")
    shown = interlock("preferences", "show").out
    assert "ask_above        20\nchannel.chat     json://…\n" in shown
    assert "  quiet            when you are not told" in shown
    assert interlock("preferences", "export").lines == [{"": {"ask_above": "20", "channel.chat": "json://…"}}]
    assert interlock("preferences", "show", "--json").out == interlock("preferences", "export").out
    assert interlock("preferences", "unset", "ask_above").code == 0
    assert interlock("preferences", "unset", "ask_above").err == "interlock: `ask_above` is not set\n"


def test_an_address_may_be_read_from_standard_input(interlock: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("json://ann:hunter2@example.org/token\n"))
    assert interlock("preferences", "set", "channel.chat").out == "channel.chat is json://…\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("preferences", "set", "ask_abov", "5"), "`ask_abov` can't be set; did you mean `ask_above`?"),
        (("preferences", "set", "ask_above", "much"), "`ask_above`: `much` is not an amount of dollars"),
        (("preferences", "set", "channel.x", "nosuch://a"), "`nosuch://…` is no address that Apprise understands"),
        (("preferences", "set", "ask_above", "5", "--workspace", "nowhere"), "`nowhere` is not a folder"),
        (("organisation", "set", "style", "plain"), "`style` can't be set"),
        (("organisation", "unset", "cap"), "`cap` is not set"),
    ],
)
def test_what_can_not_be_set_is_refused_in_words(interlock: Command, words: tuple[str, ...], says: str) -> None:
    said = interlock(*words)
    assert (said.code, said.out) == (2, "")
    assert says in said.err
    assert interlock(words[0], "export").lines == [{}]


def test_a_value_that_does_not_fit_the_others_leaves_them_as_they_were(interlock: Command) -> None:
    interlock("preferences", "set", "cap", "30")
    interlock("preferences", "set", "ask_above", "20")
    assert "is above your preferred cap" in interlock("preferences", "set", "ask_above", "50").err
    assert interlock("preferences", "export").lines == [{"": {"ask_above": "20", "cap": "30"}}]


def test_what_is_read_at_the_start_is_recorded_and_read_back(interlock: Command, workspace: MakeWorkspace) -> None:
    interlock("preferences", "set", "ask_above", "20")
    interlock("preferences", "set", "channel.bell", "bell")
    interlock("preferences", "set", "tell_about", "forecast")
    interlock("organisation", "set", "cap", "25")
    said = interlock("run", SENTENCE, "--workspace", workspace(), "--non-interactive", "--json")
    started, understood = (decode(line.encode()).data for line in said.out.splitlines()[:2])
    assert isinstance(started, SessionStarted)
    assert (started.limits.ask_line, started.limits.cap) == (20_000_000, 25_000_000)
    assert started.tell == {"bell": ("forecast",)}
    assert "the cost could go above $20.00 (your preference)" in " ".join(understood.read_back)
    assert "$25.00 (the organisation's most, instead of $40.00)" in " ".join(understood.read_back)

    interlock("preferences", "set", "ask_above", "1")
    assert interlock("replay", the_session(interlock)["id"]).code == 0, "what is set later changes no recorded session"


def test_the_stop_hook_decides_by_the_organisations_cap_though_words_and_file_say_more(
    interlock: Command, workspace: MakeWorkspace
) -> None:
    interlock("organisation", "set", "cap", "5")
    folder = workspace(DEAR.replace("ask_above = 5", "ask_above = 15"))
    assert interlock("run", SENTENCE[:-1] + ", never spend more than $500.", "--workspace", folder, *QUIETLY).code == 20
    assert the_session(interlock)["outcome"] == "budget_exceeded"
    explained = interlock("explain", the_session(interlock)["id"]).out
    assert "`build` could cost more than the cap of $5.00, and will not run" in explained


def test_a_preferred_ask_line_is_where_the_question_comes(interlock: Command, workspace: MakeWorkspace) -> None:
    folder = workspace(DEAR.replace("ask_above = 5\n", ""))
    interlock("preferences", "set", "ask_above", "6")
    assert interlock("run", SENTENCE, "--workspace", folder, *QUIETLY).code == 0
    (folder / "built").unlink()
    interlock("preferences", "set", "ask_above", "5")
    assert interlock("run", SENTENCE, "--workspace", folder, *QUIETLY).code == 10


def test_a_quiet_style_prints_the_outcome_only(interlock: Command, workspace: MakeWorkspace) -> None:
    folder = workspace()
    interlock("preferences", "set", "style", "quiet")
    said = interlock("run", SENTENCE, "--workspace", folder, "--non-interactive").out
    assert "ends: success" in said.splitlines()[0]
    assert "stop hook:" not in said


def test_a_plain_style_redraws_nothing_at_a_terminal(
    interlock: Command, workspace: MakeWorkspace, terminal: Callable[..., Terminal]
) -> None:
    interlock("preferences", "set", "style", "plain")
    at = terminal("run", SENTENCE, "--workspace", workspace(), "--yes-to-readback")
    assert at.ended() == 0
    assert "stop hook:" in at.shown
    assert "\x1b[?25l" not in at.shown, "the live view hides the cursor"


def test_a_damaged_file_is_named_and_nothing_begins(interlock: Command, workspace: MakeWorkspace, home) -> None:
    interlock("preferences", "set", "ask_above", "20")
    (home / "organisation.json").write_text("{")
    said = interlock("run", SENTENCE, "--workspace", workspace(), "--non-interactive", "--json")
    assert (said.code, said.out) == (2, "")
    assert "organisation.json` is not what was written there" in said.err
    [found] = interlock("doctor", "--json").lines
    assert (found["settings"]["ok"], "organisation.json" in found["settings"]["words"]) == (False, True)
