"""Which checks prove a goal."""

import pytest

from interlock.config import ProjectFileError, Settings, for_goal, load
from interlock.core.goal import Goal

FILE = """[checks.unit]
kind = "unit"
run = "./check.sh"
[checks.smoke]
kind = "smoke"
file = "ok"
"""


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "interlock.toml").write_text(FILE)
    (tmp_path / "verify.sh").write_text("")
    return load(tmp_path, Settings())[0]


def names(workspace, *until):
    return [check.name for check in for_goal(workspace, Goal(objective="fix it", until=until)).checks]


def test_all_tests_means_all_that_is_declared(workspace):
    assert names(workspace, "tests") == names(workspace) == ["unit", "smoke"]


def test_a_named_check_alone_is_meant(workspace):
    assert names(workspace, "check:smoke") == ["smoke"]


def test_a_command_of_the_words_becomes_a_check_whose_script_is_protected(workspace):
    (check,) = for_goal(workspace, Goal(objective="x", until=("command:./verify.sh --all",))).checks
    assert check.act.arguments == {"argv": ["./verify.sh", "--all"], "cwd": ".", "env": {}, "check": "command"}
    assert (check.files, check.source) == (("verify.sh",), "your words")


def test_a_command_that_is_declared_already_is_that_check(workspace):
    assert names(workspace, "command:./check.sh") == ["unit"]


def test_several_proofs_are_all_needed_and_told_apart(workspace):
    until = ("command:./a", "command:./b", "url:http://127.0.0.1:1/", "file:dist/x", "tests")
    narrowed = for_goal(workspace, Goal(objective="x", until=until))
    assert [check.name for check in narrowed.checks] == ["command", "command-2", "url", "file", "unit", "smoke"]
    assert narrowed.checks[1].act.arguments["check"] == "command-2"


@pytest.mark.parametrize(
    ("until", "words"),
    [
        ("check:e2e", "no check `e2e` is declared; declared: `unit`, `smoke`"),
        ("command:'", "can't be split"),
        ("vibes", "names no proof"),
    ],
)
def test_a_proof_that_can_not_be_is_refused_in_words(workspace, until, words):
    with pytest.raises(ProjectFileError, match=words):
        names(workspace, until)


def test_nothing_that_would_prove_success_is_refused(tmp_path):
    with pytest.raises(ProjectFileError, match="nothing would prove success; say until which command passes"):
        names(load(tmp_path, Settings())[0], "tests")
