"""Bad input: a clear line that says what to do, exit code 2, nothing begun and nothing lost."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interlock.cli.app import COMMANDS, GROUPS
from shell import BUILD, DEAR, SENTENCE, SMOKE, Command, MakeWorkspace

QUIETLY = ("--non-interactive",)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "no words; say what is wanted"),
        (" \t\n ", "no words; say what is wanted"),
        ("asdf qwer", "not clear enough to begin"),
        ("Fix it until ./check.sh passes, ask me above $50, never spend more than $10.", "$50.00"),
        ("Fix it until ./check.sh passes, ask me above €50.", "another currency"),
        ("Fix it until ./check.sh passes, ask me above 50 EUR.", "another currency"),
        ("Fix it until ./check.sh passes, ask me above $-5.", "negative"),
        ("Fix it until ./check.sh passes, ask me above $NaN.", "not a number"),
        ("Fix it until ./check.sh passes, ask me above $99999999999999999999.", "say a smaller amount"),
    ],
)
def test_words_that_cannot_be_taken_begin_nothing(
    interlock: Command, workspace: MakeWorkspace, words: str, said: str
) -> None:
    answer = interlock("run", words, "--workspace", workspace(), *QUIETLY)
    refused(answer, said)
    assert interlock("ls", "--json").out == ""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--ask-above", "50", "--cap", "10"), "the ask line of $50.00 is above the cap of $10.00"),
        (("--ask-above", "-5"), "`-5` is negative"),
        (("--cap=-0.01",), "is negative"),
        (("--ask-above", "nan"), "not a number of dollars"),
        (("--ask-above", "inf"), "not a number of dollars"),
        (("--cap", "1e400"), "not an amount of dollars"),
        (("--cap", "99999999999999999999"), "say a smaller amount"),
        (("--ask-above", "0.0000001"), "finer than a millionth"),
        (("--ask-above", "€50"), "another currency"),
        (("--ask-above", "50 GBP"), "another currency"),
        (("--ask-above", ""), "not an amount"),
        (("--max-iterations", "0"), "--max-iterations is between 1 and 10000"),
        (("--max-iterations", "-3"), "--max-iterations is between 1 and 10000"),
        (("--max-iterations", "many"), "--max-iterations"),
        (("--max-time", "0"), "not a duration"),
        (("--max-time=-5m",), "not a duration"),
        (("--max-time", "nan"), "not a duration"),
        (("--max-time", "99999999h"), "not between nothing and a year"),
        (("--workspace", "/nonexistent"), "can't be read"),
        (("--workspace", "/etc/passwd"), "is not a folder"),
        (("--workspace", "x" * 5000), "can't be read"),
        (("--nonsense",), "--nonsense"),
        (("another", "word"), "another"),
    ],
    ids=str,
)
def test_an_option_that_cannot_be_taken_begins_nothing(
    interlock: Command, workspace: MakeWorkspace, options: tuple[str, ...], said: str
) -> None:
    place = () if "--workspace" in options else ("--workspace", workspace())
    refused(interlock("run", SENTENCE, *place, *options, *QUIETLY), said)
    assert interlock("ls", "--json").out == ""


def test_words_and_options_must_agree(interlock: Command, workspace: MakeWorkspace) -> None:
    words = "Fix it until ./check.sh passes, but ask me if cost goes above $5."
    folder = workspace()
    refused(interlock("run", words, "--workspace", folder, "--ask-above", "6", *QUIETLY), "differ on the ask line")
    assert interlock("run", words, "--workspace", folder, "--ask-above", "5", "--detach").code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nonsense",), 'Unknown command "nonsense"'),
        (("audit", "nonsense"), 'Unknown command "nonsense"'),
        (("run",), "WORDS"),
        (("show",), "ID"),
        (("show", ""), "an empty id names nothing"),
        (("show", "zzz"), "nothing here begins with `zzz`"),
        (("approve", "apr-000000"), "nothing here begins with"),
        (("approve", "apr-0", "--up-to", "-1"), "is negative"),
        (("approve", "apr-0", "--up-to", "€5"), "another currency"),
        (("ls", "--limit", "0"), "--limit is between 1"),
        (("ls", "--limit", "9" * 30), "--limit is between 1"),
        (("watch", "ses", "--since", "9" * 30), "--since is between 0"),
        (("memory", "show", "--limit", "-1"), "--limit is between 1"),
        (("store", "prune", "--days", "nan"), "--days is between 0"),
        (("store", "prune", "--days", "inf"), "--days is between 0"),
        (("work", "--concurrency", "0"), "--concurrency is between 1"),
        (("completion", "tcsh"), "tcsh"),
        (("init", "/nonexistent"), "is not a folder"),
        (("policy", "check", "/nonexistent"), "is not a folder of policies"),
        (("catalog", "match", "/nonexistent"), "can't be read"),
        (("audit", "verify"), "there is no store"),
        (("audit", "export", "zzz", "--to", "/tmp/never-written"), "nothing here begins with"),
        (("memory", "forget", "zzz"), "nothing is remembered"),
    ],
    ids=lambda words: " ".join(words)[:40] if isinstance(words, tuple) else "",
)
def test_a_command_that_makes_no_sense_is_told_so(interlock: Command, words: tuple[str, ...], said: str) -> None:
    refused(interlock(*words), said)
    assert not Path("/tmp/never-written").exists()


def test_an_id_that_is_not_unique_names_those_that_it_could_be(interlock: Command, workspace: MakeWorkspace) -> None:
    folder = workspace()
    begun = [interlock("run", SENTENCE, "--workspace", folder, "--detach", "--quiet").out.strip() for _ in range(2)]
    said = interlock("show", "ses-")
    refused(said, "is not unique")
    assert all(session in said.err for session in begun)


def test_an_export_never_writes_over_a_file(interlock: Command, workspace: MakeWorkspace, tmp_path: Path) -> None:
    interlock("run", SENTENCE, "--workspace", workspace(), "--detach")
    there = tmp_path / "events.jsonl"
    assert interlock("audit", "export", "--to", there).code == 0
    before = there.read_bytes()
    refused(interlock("audit", "export", "--to", there), "is there already")
    assert there.read_bytes() == before


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[tasks.build\n", "interlock.toml:1: not valid TOML"),
        ("[checks.smoke]\nkind = 'smoke'\nrn = './check.sh'\n", "interlock.toml:3: `checks.smoke.rn`"),
        ("[limits]\ncap = 1\nask_above = 5\n", "interlock.toml:3: `limits.ask_above`"),
        ("[limits]\ncap = -1\n", "interlock.toml:2: `limits.cap`"),
        ("[limits]\ncap = nan\n", "interlock.toml:2: `limits.cap`"),
        ("[limits]\ncap = '€5'\n", "interlock.toml:2: `limits.cap`"),
        (BUILD + "worst = { hours = 3 }\n" + SMOKE, "`tasks.build.worst`"),
        (BUILD + "timeout = 'soon'\n" + SMOKE, "`tasks.build.timeout`"),
        ("[checks.web]\nhttp = 'http://127.0.0.1:{web.port}/'\n", "`checks.web.http`"),
        ("\xff\xfe", "interlock.toml"),
    ],
)
def test_a_broken_project_file_names_line_and_key(
    interlock: Command, workspace: MakeWorkspace, toml: str, said: str
) -> None:
    folder = workspace()
    (folder / "interlock.toml").write_bytes(toml.encode("latin-1") if "\xff" in toml else toml.encode())
    refused(interlock("run", SENTENCE, "--workspace", folder, *QUIETLY), said)


def test_a_skill_that_nobody_knows_is_named(interlock: Command, workspace: MakeWorkspace) -> None:
    said = interlock(
        "run", SENTENCE, "--workspace", workspace(BUILD + SMOKE + "[skills]\nallow = ['fyles.*']\n"), *QUIETLY
    )
    refused(said, "`skills.allow`")
    assert "fyles" in said.err


def test_an_amount_in_the_words_keeps_its_place_in_the_read_back(interlock: Command, workspace: MakeWorkspace) -> None:
    folder = workspace(DEAR)
    said = interlock("run", SENTENCE, "--workspace", folder, "--max-time", "20m", "--detach").out
    assert "above $5.00 (interlock.toml:4)" in said
    assert "$20.00 (interlock.toml:5)" in said
    assert "20 min of work (`--max-time`)" in said


def test_an_answer_to_another_session_is_refused(interlock: Command, workspace: MakeWorkspace) -> None:
    folder = workspace(DEAR)
    for _ in range(2):
        interlock("run", SENTENCE, "--workspace", folder, *QUIETLY)
    one, other = (row["question"] for row in interlock("ls", "--json").lines)
    assert interlock("reject", one).code == 21
    refused(interlock("approve", one), "has ended")
    rows = interlock("ls", "--json").lines
    assert [row["question"] for row in rows if row["status"] == "waiting"] == [other]


NAMES = (*COMMANDS, *GROUPS, *(name for _, _, names in GROUPS.values() for name in names))
OPTIONS = ("json", "limit", "days", "since", "set", "up-to", "cap", "workspace", "decision", "act", "help", "no-drive",
           "detach", "non-interactive", "quiet", "ask-above", "max-time", "reason", "")  # fmt: skip
WORD = st.one_of(
    st.sampled_from(NAMES),
    st.sampled_from([f"--{option}" for option in OPTIONS]),
    st.sampled_from(["ses", "apr", "ses-", "0", "-1", "1e9", "nan", "-", "-h", "", SENTENCE]),
    st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), max_size=12),
)


@given(words=st.lists(WORD, max_size=6))
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_no_words_at_all_bring_a_traceback(
    interlock: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    if "work" in words and not {"--help", "-h"} & set(words):
        words = [word for word in words if word != "work"]  # it would rightly run until it is stopped
    monkeypatch.chdir(tmp_path)
    said = interlock(*words)
    assert "Traceback" not in said.all
    assert "interlock: internal error" not in said.all, said
    assert said.code in (0, 2, 10, 20, 22)


def refused(said: object, words: str) -> None:
    """Exit code 2, one complaint that says what is wrong, and no traceback."""
    code, out, err = said  # type: ignore[misc]
    assert code == 2, said
    assert out == "", said
    assert words in err, said
    assert all(line.startswith("interlock: ") for line in err.splitlines()), said
    assert "Traceback" not in err
