"""What a person sets once, and what the organisation lays down: kept, read back, and never loosened by words."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.config import ProjectFileError, Settings
from interlock.config.organisation import kept as laid_down
from interlock.config.organisation import organisation
from interlock.config.preferences import kept, preferences
from interlock.core.budget import Limits, under
from interlock.order import Contradiction, Overrides, order

USD = 1_000_000
SENTENCE = "Fix it until ./check.sh passes."


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    app = tmp_path / "work" / "app"
    app.mkdir(parents=True)
    (app / "check.sh").write_text("#!/bin/sh\ntrue\n")
    (app / "check.sh").chmod(0o755)
    return app


def lines(wanted) -> str:
    return "\n".join(wanted.read_back)


def test_what_was_set_is_there_for_the_next_process_and_what_was_unset_is_gone(store):
    kept(store).set("ask_above", "$20")
    kept(store).set("quiet", "22:00-07:00")
    assert preferences(store).limits == {"ask_line": 20 * USD}

    assert kept(store).unset("ask_above")
    assert not kept(store).unset("ask_above")
    assert list(kept(store).texts()) == [("", "quiet", "22:00-07:00")]


def test_the_file_is_its_owners_alone_since_addresses_hold_secrets(store):
    kept(store).set("channel.chat", "slack://T/O/KEN")
    assert stat.S_IMODE((store / "preferences.json").stat().st_mode) == 0o600
    assert [each.name for each in store.iterdir()] == ["preferences.json"]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("ask_abov", "5", "`ask_abov` can't be set; did you mean `ask_above`"),
        ("ask_above", "-5", "`ask_above`: `-5` is negative"),
        ("max_time", "long", "`max_time`: `long` is not a duration"),
        ("quiet", "22", "`quiet`: `22` is not a time of day; write it like 22:00-07:00"),
        ("quiet", "07:00-07:00", "is not a time of day"),
        ("style", "loud", "`loud` is no style; there are live, plain, quiet"),
        ("tell_about", "gossip", "not a list of what can be told; there are question, forecast, end"),
        ("channel.x", "not an address", "is no address; say bell, desktop, or an address such as"),
        ("channel.", "bell", "`channel.` can't be set"),
        ("channel.a.b", "bell", "`channel.a.b` can't be set"),
        ("channel.a b", "bell", "is no name; use letters"),
    ],
)
def test_what_can_not_be_understood_is_refused_in_words_and_nothing_is_written(store, name, text, words):
    with pytest.raises(ProjectFileError, match=words.replace("(", r"\(")):
        kept(store).set(name, text)
    assert not (store / "preferences.json").exists()


@pytest.mark.parametrize("content", ["{", '{"": 1}', '{"": {"ask_above": "much"}}', '{"": {"nonsense": "1"}}', "\xff"])
def test_a_file_that_is_not_what_was_written_stops_what_needs_it(store, folder, content):
    store.mkdir()
    for name in ("preferences.json", "organisation.json"):
        (store / name).write_bytes(content.encode("latin-1"))
        with pytest.raises(ProjectFileError, match=name):
            order(SENTENCE, folder, store=store)
        (store / name).unlink()


# --- what a session begins with --------------------------------------------------------------------------------------


def test_a_preferred_ask_line_is_the_default_and_the_read_back_says_whose_it_is(store, folder):
    kept(store).set("ask_above", "20")
    wanted = order(SENTENCE, folder, store=store)
    assert (wanted.limits.ask_line, wanted.limits.cap) == (20 * USD, 40 * USD)
    assert "the cost could go above $20.00 (your preference)" in lines(wanted)


def test_every_limit_can_be_preferred(store, folder):
    every = {"ask_above": "3", "cap": "4", "max_iterations": "7", "max_time": "10m", "max_retries": "2"}
    for name, text in (every | {"answer_within": "2h"}).items():
        kept(store).set(name, text)
    limits = order(SENTENCE, folder, store=store).limits
    assert limits == Limits(
        ask_line=3 * USD, cap=4 * USD, max_iterations=7, max_time=600.0, max_retries=2, answer_within=7200.0
    )


def test_words_come_before_options_before_the_file_before_variables_before_preferences(store, folder, monkeypatch):
    kept(store).set("ask_above", "20")
    assert order(SENTENCE, folder, store=store).limits.ask_line == 20 * USD
    monkeypatch.setenv("INTERLOCK_ASK_ABOVE", "15")
    by_variable = order(SENTENCE, folder, store=store)
    assert by_variable.limits.ask_line == 15 * USD
    assert "$15.00 (INTERLOCK_ASK_ABOVE)" in lines(by_variable)
    (folder / "interlock.toml").write_text("[limits]\nask_above = 12\n[checks.unit]\nrun = ['./check.sh']\n")
    by_file = order(SENTENCE, folder, store=store)
    assert by_file.limits.ask_line == 12 * USD
    assert "$12.00 (interlock.toml:2)" in lines(by_file)
    assert order(SENTENCE, folder, Overrides(ask_above=9 * USD), store).limits.ask_line == 9 * USD
    by_words = order(SENTENCE[:-1] + ", ask me above $5.", folder, store=store)
    assert by_words.limits.ask_line == 5 * USD
    assert "$5.00 (your words)" in lines(by_words)


def test_what_is_set_for_a_folder_holds_there_and_below_and_nowhere_else(store, folder):
    kept(store).set("ask_above", "20")
    kept(store).set("ask_above", "2", str(folder.parent))
    assert preferences(store, folder).limits["ask_line"] == 2 * USD
    assert preferences(store, folder.parent.parent).limits["ask_line"] == 20 * USD
    assert preferences(store, folder.with_name("app2").parent.with_name("work2")).limits["ask_line"] == 20 * USD


def test_a_preferred_ask_line_above_the_preferred_cap_is_refused(store, folder):
    kept(store).set("cap", "5")
    kept(store).set("ask_above", "20")
    with pytest.raises(ProjectFileError, match=r"your preferred ask line \(\$20.00\) is above your preferred cap"):
        order(SENTENCE, folder, store=store)


def test_a_preference_never_contradicts_a_nearer_word_in_silence(store, folder):
    kept(store).set("cap", "5")
    with pytest.raises(Contradiction, match=r"above the cap of \$5.00 \(your preference\), so it could never ask"):
        order(SENTENCE[:-1] + ", ask me above $50.", folder, store=store)


def test_your_channels_hear_what_you_want_and_owners_hear_everything(store, folder):
    kept(store).set("channel.desk", "desktop")
    kept(store).set("tell_about", "end, question")
    laid_down(store).set("owner.ana", "mailto://secret:word@example.org")
    wanted = order(SENTENCE, folder, store=store)
    assert wanted.tell == {"desk": ("question", "end"), "owner.ana": ("question", "forecast", "end")}
    assert "tells: desk of each question, end; owner.ana of each question, forecast, end" in lines(wanted)
    assert "secret" not in lines(wanted)


def test_who_no_longer_chooses_hears_everything_again(store, folder):
    kept(store).set("channel.desk", "desktop")
    kept(store).set("tell_about", "question")
    kept(store).unset("tell_about")
    assert order(SENTENCE, folder, store=store).tell == {"desk": ("question", "forecast", "end")}


# --- the organisation ------------------------------------------------------------------------------------------------


def test_neither_words_nor_options_nor_the_file_loosen_a_ceiling(store, folder):
    laid_down(store).set("ask_above", "10")
    laid_down(store).set("cap", "30")
    laid_down(store).set("max_time", "20m")
    (folder / "interlock.toml").write_text("[limits]\nmax_time = '5h'\n[checks.unit]\nrun = ['./check.sh']\n")
    wanted = order(SENTENCE[:-1] + ", never spend more than $500, ask me above $100.", folder, store=store)
    assert (wanted.limits.ask_line, wanted.limits.cap, wanted.limits.max_time) == (10 * USD, 30 * USD, 1200.0)
    assert "above $10.00 (the organisation's most, instead of $100.00)" in lines(wanted)
    assert "$30.00 (the organisation's most, instead of $500.00)" in lines(wanted)
    assert "20 min of work (the organisation's most, instead of 5 h)" in lines(wanted)

    by_option = order(SENTENCE, folder, Overrides(cap=400 * USD), store)
    assert by_option.limits.cap == 30 * USD


def test_a_limit_below_its_ceiling_stays_as_it_was_said(store, folder):
    laid_down(store).set("ask_above", "10")
    wanted = order(SENTENCE[:-1] + ", ask me above $5.", folder, store=store)
    assert wanted.limits.ask_line == 5 * USD
    assert "$5.00 (your words)" in lines(wanted)


def test_a_ceiling_on_answers_is_the_questions_deadline_and_is_read_back(store, folder):
    laid_down(store).set("answer_within", "2h")
    wanted = order(SENTENCE, folder, store=store)
    assert wanted.limits.answer_within == 7200.0
    assert "a question waits 2 h for an answer, then it is a no (the organisation's most" in lines(wanted)


def test_of_several_ceilings_the_lowest_holds_and_the_nearest_owners_are_told(store, folder):
    laid_down(store).set("cap", "30")
    laid_down(store).set("cap", "90", str(folder))
    laid_down(store).set("owner.all", "bell")
    assert organisation(store, folder).ceilings == {"cap": 30 * USD}
    assert organisation(store, folder).owners == {"all": "bell"}
    laid_down(store).set("cap", "9", str(folder))
    laid_down(store).set("owner.bo", "desktop", str(folder))
    assert organisation(store, folder).ceilings == {"cap": 9 * USD}
    assert organisation(store, folder).owners == {"bo": "desktop"}


amounts = st.integers(0, 1000 * USD)
seconds = st.floats(1, 1e6)
any_ceilings = {"ask_line": amounts, "cap": amounts, "max_time": seconds, "answer_within": seconds}


@given(ask=amounts, more=amounts, ceilings=st.fixed_dictionaries({}, optional=any_ceilings))
def test_held_limits_are_within_every_ceiling_never_looser_and_the_cap_is_not_below_the_ask_line(ask, more, ceilings):
    wanted = Limits(ask_line=ask, cap=ask + more)
    held = under(wanted, ceilings)
    assert all(getattr(held, field) <= most for field, most in ceilings.items())
    assert all(getattr(held, field) <= getattr(wanted, field) for field in ("ask_line", "cap", "max_time"))
    assert held.cap >= held.ask_line
    if not ceilings:
        assert held == wanted


def test_a_variable_above_the_preferred_cap_is_named():
    with pytest.raises(
        ProjectFileError, match=r"INTERLOCK_ASK_ABOVE \(\$9.00\) is above your preferred cap \(\$5.00\)"
    ):
        Settings.from_environment({"INTERLOCK_ASK_ABOVE": "9"}, {"cap": 5 * USD})
