"""The moments that decide whether a newcomer stays: what is done, no sandbox, silence, a question, giving up."""

import re
from pathlib import Path

import pytest

from interlock.adapters.bubblewrap import Bubblewrap
from shell import DEAR, SENTENCE, SMOKE, Command, MakeWorkspace, the_session

QUIETLY = ("--non-interactive",)


def test_what_counts_as_done_is_said_with_its_place(interlock: Command, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "shop"\n\n[tool.pytest.ini_options]\n')
    (tmp_path / "tests").mkdir()
    said = interlock("run", "Fix it until the tests pass.", "--workspace", tmp_path, "--detach").out
    assert "python -m pytest -q` (pyproject.toml:4)" in said or "python3 -m pytest -q` (pyproject.toml:4)" in said
    assert "No smoke or acceptance check, so success means tests only; `interlock init` adds them" in said
    assert "assumed" in said


def test_a_folder_with_smoke_checks_needs_no_warning(interlock: Command, workspace: MakeWorkspace) -> None:
    said = interlock("run", SENTENCE, "--workspace", workspace(), "--detach").out
    assert "proof: `./check.sh` (interlock.toml:4)" in said
    assert "success means tests only" not in said


@pytest.fixture
def no_sandbox(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine whose kernel refuses: the program answers as bubblewrap does there."""
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    program.chmod(0o755)
    real = Bubblewrap.__init__
    monkeypatch.setattr(
        Bubblewrap, "__init__", lambda self, **given: real(self, **given | {"programs": [str(program)]})
    )


@pytest.mark.usefixtures("no_sandbox")
def test_without_a_sandbox_nothing_begins_and_the_way_out_is_said(interlock: Command, workspace: MakeWorkspace) -> None:
    folder = workspace()
    said = interlock("run", SENTENCE, "--workspace", folder, *QUIETLY)
    assert said.code == 2
    assert "No permissions to create new namespace" in said.err, "the kernel's own words"
    assert re.search(r"; .*`[^`]+`", said.err), "the one command that fixes it here"
    assert "--no-sandbox: commands could then read and change all that you can" in said.err
    assert not (folder / "built").exists()
    assert interlock("ls", "--json").out == ""
    assert "No permissions" in interlock("doctor").out


@pytest.mark.usefixtures("no_sandbox")
def test_going_without_a_sandbox_is_a_recorded_choice(interlock: Command, workspace: MakeWorkspace) -> None:
    folder = workspace()
    said = interlock("run", SENTENCE, "--workspace", folder, "--no-sandbox", *QUIETLY)
    assert said.code == 0
    assert "no sandbox, by a recorded choice: commands can do whatever you can" in said.out
    started = interlock("audit", "export").lines[0]
    assert started["kind"] == "SessionStarted"
    assert started["data"]["workspace"]["sandbox"] == "none"


def test_silence_says_what_runs_for_how_long_and_how_to_interrupt(interlock: Command, workspace: MakeWorkspace) -> None:
    toml = '[tasks.build]\nrun = ["./build.sh"]\n' + SMOKE
    folder = workspace(toml, build="#!/bin/sh\necho half of it\nsleep 4\ntouch built\n")
    said = interlock("run", SENTENCE, "--workspace", folder, *QUIETLY).out
    [silence] = [line for line in said.splitlines() if "nothing is lost" in line]
    assert "build" in silence
    assert re.search(r"[34] s of at most 10 min", silence)
    assert "last output: half of it" in silence
    assert "Ctrl-C pauses, nothing is lost" in silence


def test_a_question_says_all_that_an_answer_needs(interlock: Command, workspace: MakeWorkspace) -> None:
    said = interlock("run", SENTENCE, "--workspace", workspace(DEAR), *QUIETLY).out
    asked = the_session(interlock)["question"]
    question = said.partition(f"question {asked}")[2]
    for words in (
        'argv = ["touch","built"]',
        "rule `high_cost` (policy `ask-line`)",
        "$6.00, its checks included ($0.00 spent, ask line $5.00, cap $20.00; declared, not billed)",
        "to undo it",
        "the session ends as rejected; what was done so far stays as it is",
        "no answer is a no",
        f"interlock approve {asked} [--up-to USD]",
        f"interlock reject {asked} --reason",
    ):
        assert words in question
    assert question in interlock("show", asked).out + "\n", "it can be read again later"
    assert asked in interlock("ls").out
    assert asked in interlock("ls", "--waiting").out


def test_giving_up_says_what_fails_what_was_tried_and_what_to_do(interlock: Command, workspace: MakeWorkspace) -> None:
    toml = '[tasks.build]\nrun = ["./build.sh"]\n' + SMOKE
    check = "#!/bin/sh\necho 'FAILED tests/test_price.py::test_total - assert 3 == 4'\necho '1 failed'\nexit 1\n"
    build = "#!/bin/sh\ntouch out/x || exit 1\n"
    folder = workspace(toml, build=build, check=check)
    assert interlock("run", SENTENCE, "--workspace", folder, *QUIETLY).code == 10
    asked = the_session(interlock)["question"]
    assert "tests/test_price.py::test_total" in interlock("show", asked).out
    ended = interlock("reject", asked, "--reason", "a person will look")
    assert ended.code == 21
    for words in (
        "ended without success: rejected",
        "what still fails",
        "tests/test_price.py::test_total",
        "what was done",
        "files.mkdir",
        "worked",
        "what changed for good",
        "to put everything back as it was",
        f"interlock undo {the_session(interlock)['id']}   (asks before it overwrites",
        "one next step",
        "a person will look",
    ):
        assert words in ended.out, words
