"""The teller: one process at a time, and none any more where it only fails."""

import sys
from pathlib import Path

import pytest

from interlock.adapters.teller import ENOUGH, Teller, terminal


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Stands for the interpreter: writes a line, then does what it is told."""

    def does(last: str) -> Path:
        file = tmp_path / "python"
        file.write_text(f'#!/bin/sh\necho "$@" "$INTERLOCK_HOME" >> {tmp_path}/started\n{last}\n')
        file.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(file))
        return tmp_path / "started"

    return does


def started(teller: Teller, file: Path, times: int) -> list[str]:
    for _ in range(times):
        teller.start()
        while teller._runs():
            continue
    return file.read_text().splitlines()


def test_it_is_started_for_its_store_and_again_when_it_has_ended(program, tmp_path):
    lines = started(Teller(tmp_path / "store"), program("exit 0"), 5)
    assert lines == [f"-P -m interlock notify deliver --linger 90 {tmp_path}/store"] * 5


def test_one_that_only_fails_is_not_started_for_ever(program, tmp_path):
    assert len(started(Teller(tmp_path), program("exit 1"), 9)) == ENOUGH


def test_while_one_runs_no_second_is_started(program, tmp_path):
    file = program(f"while ! test -e {tmp_path}/enough; do sleep 0.02; done")
    teller = Teller(tmp_path)
    teller.start()
    teller.start()
    assert teller._runs()
    (tmp_path / "enough").touch()
    while teller._runs():
        continue
    assert len(file.read_text().splitlines()) == 1


def test_one_that_can_not_be_started_fails_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "gone"))
    Teller(tmp_path).start()
    assert not Teller(tmp_path)._runs()


def test_a_terminal_that_is_none_is_not_rung(tmp_path, monkeypatch):
    monkeypatch.setenv("INTERLOCK_TERMINAL", str(tmp_path))
    assert terminal() is None
