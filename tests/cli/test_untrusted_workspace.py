"""A workspace from a stranger: its file can't switch the sandbox off, hang the reader, or reach the terminal."""

import os
from pathlib import Path

import pytest

from interlock.cli import main


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERLOCK_HOME", str(tmp_path / "home"))


def workspace(tmp_path: Path, text: str) -> str:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "interlock.toml").write_text(text)
    return str(folder)


def run(folder: str, *more: str) -> int:
    return main(["run", "Fix it until tests pass.", "--workspace", folder, "--non-interactive", "--quiet", *more])


def test_its_file_alone_does_not_switch_the_sandbox_off(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = workspace(tmp_path, '[workspace]\nsandbox = "none"\n[checks.there]\nfile = "interlock.toml"\n')
    assert run(folder) == 2
    assert "say --no-sandbox if you want that" in capsys.readouterr().err
    assert run(folder, "--no-sandbox") == 0


def test_a_pipe_in_place_of_its_file_is_not_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "work").mkdir()
    os.mkfifo(tmp_path / "work" / "interlock.toml")
    assert run(str(tmp_path / "work")) == 2
    assert "not a regular file" in capsys.readouterr().err


def test_a_device_behind_a_link_is_not_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "interlock.toml").symlink_to("/dev/zero")
    assert run(str(tmp_path / "work")) == 2
    assert "not a regular file" in capsys.readouterr().err


def test_what_it_says_can_not_control_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = workspace(tmp_path, '[checks."a\\u001b[2J"]\nrunn = "true"\n')
    assert run(folder) == 2
    said = capsys.readouterr().err
    assert "\x1b" not in said
    assert "\\x1b" in said


def test_asking_before_any_spend_leaves_room_to_allow_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from interlock.order import order

    folder = workspace(tmp_path, '[checks.there]\nfile = "interlock.toml"\n')
    limits = order("Fix it until tests pass, ask me above $0.", Path(folder)).limits
    assert (limits.ask_line, limits.cap) == (0, 20_000_000)
