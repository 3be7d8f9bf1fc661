"""What surrounds a project is broken: a clear line or an honest question, nothing lost, and no false lesson."""

import shutil
import threading
import venv
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from shell import Command, MakeWorkspace, Said
from test_ordinary_user import ordinary

__all__ = ["ordinary"]
ASKS = 10
CHECK = "#!/bin/sh\nexec .venv/bin/python app.py\n"
WORDS = "Keep fixing it until ./check.sh passes."


@pytest.fixture
def project(workspace: MakeWorkspace) -> Iterator[Path]:
    """A project whose environment lacks a well-known module."""
    folder = workspace(None, check=CHECK)
    (folder / "app.py").write_text("import yaml\n")
    venv.create(folder / ".venv", symlinks=True)
    yield folder
    for path in (folder / ".venv").rglob("*"):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.name != ".lock"
    }


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A package index that answers everything with the same nonsense."""

    class Nonsense(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/vnd.pypi.simple.v1+json")
            self.end_headers()
            self.wfile.write(b"{ this is no index")

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Nonsense)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/simple"
    server.shutdown()
    server.server_close()


def asked(said: Said) -> str:
    """The question, of a run that ended with one."""
    assert said.code == ASKS, said.all
    assert "Traceback" not in said.err and "internal error" not in said.all
    return said.all.partition("\nquestion apr-")[2].partition("\nwhy it is asked")[0]


def test_an_index_that_is_out_of_reach_is_named_in_the_question_and_teaches_nothing(
    interlock: Command, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    before = files(project)
    question = asked(interlock("run", WORDS, "--workspace", project, "--non-interactive"))
    assert "No module named 'yaml'" in question
    assert "could not be carried out (what it needs from the network did not answer)" in question
    assert files(project) == before
    assert "pyyaml" not in interlock("memory", "show").all


def test_an_index_that_answers_nonsense_ends_in_a_question_that_says_so(
    interlock: Command, project: Path, index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_INDEX_URL", index)
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    before = files(project)
    question = asked(interlock("run", WORDS, "--workspace", project, "--non-interactive"))
    assert "The last try could not be carried out" in question
    assert files(project) == before


def test_an_interpreter_that_is_gone_is_said_where_nothing_tells_what_belongs_into_its_place(
    interlock: Command, project: Path
) -> None:
    shutil.rmtree(project / ".venv" / "bin")
    (project / ".venv" / "bin").mkdir()
    (project / ".venv" / "bin" / "python").symlink_to("/opt/nowhere/bin/python3.9")
    before = files(project)
    question = asked(interlock("run", WORDS, "--workspace", project, "--non-interactive"))
    assert "`.venv` has no interpreter that runs" in question
    assert files(project) == before


@pytest.mark.network
def test_an_environment_that_may_not_be_written_is_left_as_it_is(
    ordinary: Command, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    for path in (project / ".venv").rglob("*"):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o555)
    before = files(project)
    said = ordinary("run", WORDS, "--workspace", project, "--non-interactive")
    question = asked(said)
    assert "The last try could not be carried out" in question and "ermission denied" in question
    assert files(project) == before


def test_a_folder_that_is_no_project_begins_nothing(interlock: Command, tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "letter.txt").write_text("Dear Ada\n")
    said = interlock("run", "Fix it until the tests pass.", "--workspace", folder, "--non-interactive")
    assert (said.code, said.out) == (2, "")
    assert "nothing would prove success; say until which command passes" in said.err
    assert files(folder) == {"letter.txt": b"Dear Ada\n"}
    assert interlock("ls", "--json").out == ""
