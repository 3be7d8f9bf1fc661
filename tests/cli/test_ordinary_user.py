"""As an ordinary user, who may not read or write everything, even where the tests themselves run as root."""

import ctypes
import json
import os
import pwd
from collections.abc import Iterator
from pathlib import Path

import pytest

from shell import BUILD, SENTENCE, SMOKE, Command, Said

DETACHED = ("--detach", "--quiet")
CAPABILITIES_V3 = 0x20080522
MAY_ALL = 0b110  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: what lets root read and write everything


def renounce() -> None:
    """Give up root's right to pass over the modes of files, for good: in a child process."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(CAPABILITIES_V3, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; and the same for the upper half
    assert libc.capget(header, sets) == 0
    sets[0], sets[1] = sets[0] & ~MAY_ALL, sets[1] & ~MAY_ALL
    assert libc.capset(header, sets) == 0


@pytest.fixture
def ordinary(interlock: Command) -> Command:
    """A command by somebody to whom the modes of files apply."""

    def call(*words: str | Path) -> Said:
        if os.getuid() != 0:
            return interlock(*words)
        ours, theirs = os.pipe()
        child = os.fork()
        if child == 0:
            renounce()
            os.write(theirs, json.dumps(interlock(*words)).encode())
            os._exit(0)
        os.close(theirs)
        with os.fdopen(ours) as answer:
            said = Said(*json.load(answer))
        os.waitpid(child, 0)
        return said

    return call


@pytest.fixture
def store(home: Path) -> Iterator[Path]:
    """The store's folder, there already; its modes are put back in the end."""
    home.mkdir()
    yield home
    home.chmod(0o700)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Path]:
    """A workspace, whose modes are put back in the end."""
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "interlock.toml").write_text(BUILD + SMOKE)
    yield folder
    folder.chmod(0o700)


def test_a_workspace_that_cannot_be_read_is_named(ordinary: Command, app: Path) -> None:
    app.chmod(0o000)
    said = ordinary("run", SENTENCE, "--workspace", app, *DETACHED)
    assert (said.code, said.out) == (2, "")
    assert f"workspace `{app}` can't be read (Permission denied)" in said.err


def test_a_workspace_that_cannot_be_written_is_named(ordinary: Command, app: Path) -> None:
    app.chmod(0o555)
    said = ordinary("run", SENTENCE, "--workspace", app, *DETACHED)
    assert (said.code, said.out) == (2, "")
    assert f"workspace `{app}` can't be written" in said.err
    assert ordinary("init", app).code == 2


def test_a_project_file_that_cannot_be_read_is_named(ordinary: Command, app: Path) -> None:
    (app / "interlock.toml").chmod(0o000)
    said = ordinary("run", SENTENCE, "--workspace", app, *DETACHED)
    assert (said.code, "interlock.toml: can't be read (Permission denied)" in said.err) == (2, True), said


def test_a_store_that_cannot_be_made_is_named(ordinary: Command, app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app.chmod(0o555)
    monkeypatch.setenv("INTERLOCK_HOME", str(app / "home"))
    said = ordinary("ls")
    assert said.code == 2
    assert "Permission denied" in said.err
    assert str(app / "home") in said.err


def test_a_store_that_cannot_be_written_is_named(ordinary: Command, app: Path, store: Path) -> None:
    assert ordinary("ls").code == 0
    for file in store.rglob("*"):
        file.chmod(0o555 if file.is_dir() else 0o444)
    store.chmod(0o555)
    said = ordinary("run", SENTENCE, "--workspace", app, *DETACHED, "--no-sandbox")
    assert said.code == 2, said
    assert "can't" in said.err
    assert "Traceback" not in said.err


def test_a_store_that_cannot_be_read_is_named(ordinary: Command, store: Path) -> None:
    store.chmod(0o000)
    said = ordinary("ls")
    assert (said.code, "Permission denied" in said.err) == (2, True), said


def test_a_user_without_a_name_is_known_by_number(
    interlock: Command, app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(uid: int) -> None:
        raise KeyError(uid)

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    assert interlock("run", SENTENCE, "--workspace", app, *DETACHED, "--no-sandbox").code == 0
    assert interlock("audit", "export").lines[0]["data"]["principal"] == f"uid-{os.getuid()}"


def test_the_environment_cannot_claim_to_be_another_person(
    interlock: Command, app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "somebody-else")
    interlock("run", SENTENCE, "--workspace", app, *DETACHED, "--no-sandbox")
    assert "somebody-else" not in interlock("audit", "export").out
