"""Answers: approve, reject and edit, by whom, how often, until when, and what they change."""

import time
from pathlib import Path

import pytest

from shell import DEAR, SENTENCE, SMOKE, Command, MakeWorkspace, the_session

TWICE = (
    "[prices]\nminute = 1\n[limits]\nask_above = 5\ncap = 30\n"
    '[tasks.first]\nrun = ["touch", "first"]\nworst = { minute = 6 }\n'
    '[tasks.build]\nrun = ["touch", "built"]\nworst = { minute = 7 }\n' + SMOKE
)
QUIETLY = ("--non-interactive",)


def test_without_a_driver_approve_drives_on_itself(interlock: Command, workspace: MakeWorkspace) -> None:
    folder = workspace(TWICE)
    assert interlock("run", SENTENCE, "--workspace", folder, *QUIETLY).code == 10
    first = question(interlock)
    said = interlock("approve", first[: len("apr-") + 4])
    assert said.code == 10, "the next act is dear, too: it asks again"
    assert (folder / "first").exists()
    second = question(interlock)
    assert second != first
    assert f"interlock approve {second}" in said.out
    assert interlock("approve", second[4:], "--json").code == 0


def test_up_to_raises_the_ask_line_once_for_all(interlock: Command, workspace: MakeWorkspace) -> None:
    interlock("run", SENTENCE, "--workspace", workspace(TWICE), *QUIETLY)
    asked = question(interlock)
    assert interlock("approve", asked, "--up-to", "4").code == 2
    assert interlock("approve", asked, "--up-to", "31").code == 2
    assert interlock("approve", asked, "--up-to", "20").code == 0


def test_no_drive_only_records(interlock: Command, workspace: MakeWorkspace) -> None:
    folder = workspace(DEAR)
    interlock("run", SENTENCE, "--workspace", folder, *QUIETLY)
    session = the_session(interlock)["id"]
    assert interlock("approve", session, "--no-drive") == (0, "", "")
    assert (the_session(interlock)["status"], (folder / "built").exists()) == ("queued", False)
    assert interlock("resume", session).code == 0


def test_a_question_of_the_past_can_be_answered_no_more(interlock: Command, workspace: MakeWorkspace) -> None:
    folder = workspace(TWICE)
    interlock("run", SENTENCE, "--workspace", folder, *QUIETLY)
    first = question(interlock)
    interlock("approve", first)
    for answer in ("approve", "reject", "edit"):
        again = interlock(answer, first)
        assert again.code == 2
        assert f"`{first}`" in again.err
        assert "closed" in again.err
    assert the_session(interlock)["status"] == "waiting"


def test_an_expired_question_is_a_rejection_and_takes_no_answer(interlock: Command, workspace: MakeWorkspace) -> None:
    folder = workspace(DEAR.replace("cap = 20\n", 'cap = 20\nanswer_within = "1s"\n'))
    interlock("run", SENTENCE, "--workspace", folder, *QUIETLY)
    time.sleep(1.0)
    late = interlock("approve", question(interlock))
    assert (late.code, "closed" in late.err) == (2, True)
    session = the_session(interlock)["id"]
    assert interlock("resume", session).code == 21
    assert not (folder / "built").exists()


EDITABLE = """
@id("house-folders")
@words("new folders are asked about")
@risk("destructive_action")
forbid (principal, action == Action::"files.mkdir", resource) when { !context.approved };
"""


@pytest.fixture
def asks_about_a_folder(interlock: Command, workspace: MakeWorkspace, home: Path) -> Path:
    """A session waits for an answer about making a folder."""
    (home / "policies").mkdir(parents=True)
    (home / "policies" / "house.cedar").write_text(EDITABLE)
    folder = workspace('[tasks.build]\nrun = ["./build.sh"]\n' + SMOKE,
                       build="#!/bin/sh\ntouch out/x || exit 1\ntouch built\n")  # fmt: skip
    assert interlock("run", SENTENCE, "--workspace", folder, *QUIETLY).code == 10
    return folder


def test_an_edited_act_is_gated_again_under_its_own_digest(interlock: Command, asks_about_a_folder: Path) -> None:
    asked = question(interlock)
    assert interlock("edit", asked, "--set", "path=other").code == 10, "the other folder is asked about, too"
    again = question(interlock)
    assert again != asked
    assert not (asks_about_a_folder / "other").exists()
    interlock("approve", again)
    assert (asks_about_a_folder / "other").is_dir()


@pytest.mark.parametrize(
    ("set", "words"),
    [
        (["nonsense"], "`nonsense` is not key=value"),
        (["=x"], "is not key=value"),
        (["colour=red"], "colour"),
        (["path=7"], "path"),
        ([], "$EDITOR"),
    ],
)
def test_an_edit_that_makes_no_sense_changes_nothing(
    interlock: Command, asks_about_a_folder: Path, set: list[str], words: str
) -> None:
    asked = question(interlock)
    said = interlock("edit", asked, *(part for each in set for part in ("--set", each)))
    assert (said.code, words in said.err) == (2, True), said
    assert question(interlock) == asked


def test_an_edit_that_leaves_the_workspace_is_a_violation_and_never_done(
    interlock: Command, asks_about_a_folder: Path
) -> None:
    assert interlock("edit", question(interlock), "--set", "path=../elsewhere").code == 20
    assert the_session(interlock)["outcome"] == "permission_violation"
    assert not (asks_about_a_folder.parent / "elsewhere").exists()


@pytest.mark.parametrize(
    ("editor", "code", "words"),
    [
        ("sed -i s/out/elsewhere/", 10, ""),
        ("false", 2, "the editor ended with an error"),
        ("truncate -s 0", 2, "not JSON"),
        ("sed -i s/.*/[]/", 2, "nothing was changed"),
        ("true", 2, "nothing was changed"),
        ("/nonexistent/editor", 2, "/nonexistent/editor"),
    ],
)
def test_an_act_can_be_edited_in_an_editor(
    interlock: Command,
    asks_about_a_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    editor: str,
    code: int,
    words: str,
) -> None:
    monkeypatch.setenv("EDITOR", editor)
    asked = question(interlock)
    said = interlock("edit", asked)
    assert (said.code, words in said.err) == (code, True), said
    assert (question(interlock) == asked) == (code == 2)
    assert ("elsewhere" in said.out) == (code == 10)


def question(interlock: Command) -> str:
    """The id of the open question."""
    return str(the_session(interlock)["question"])
