"""What the guides tell people to type really works."""

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from interlock.config import load
from interlock.core.goal import read

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", *DOCS.rglob("*.md")])
SENTENCE = re.compile(r'interlock (?:run|read) "((?:[^"\\]|\\.)+)"')
BIN = Path(sys.executable).parent


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def sentences() -> list[str]:
    texts = (text for page in PAGES for kind in ("sh", "console") for text in blocks(page, kind))
    said = (words.replace("\\$", "$") for text in texts for words in SENTENCE.findall(text))
    return sorted({words for words in said if words != "…"})


@pytest.mark.parametrize("words", sentences())
def test_every_sentence_of_the_guides_is_read_without_a_question(words):
    reading = read(words)
    assert (reading.expect, reading.unread) == ("read", ())


def test_the_loop_in_the_readme_is_the_one_that_runs():
    loop = (ROOT / "src" / "interlock" / "engine" / "loop.py").read_text(encoding="utf-8")
    (shown,) = blocks(ROOT / "README.md", "python")
    lines = [line.split("  #")[0].strip() for line in shown.splitlines()]
    assert [line for line in lines if line not in loop] == []


@pytest.mark.parametrize("page", ["how-to/set-limits.md", "how-to/repair-a-project.md", "how-to/use-mcp-tools.md"])
def test_the_project_files_of_the_guides_are_valid(page, tmp_path):
    for text in blocks(DOCS / page, "toml"):
        (tmp_path / "interlock.toml").write_text(text)
        load(tmp_path)


def test_the_guides_program_runs(tmp_path, monkeypatch, capsys):
    workspace = tmp_path / "work"
    workspace.mkdir()
    (workspace / "check.sh").write_text("#!/bin/sh\ntest -d .\n")
    (workspace / "check.sh").chmod(0o755)
    monkeypatch.chdir(workspace)
    monkeypatch.setenv("INTERLOCK_HOME", str(tmp_path / "home"))
    (program,) = blocks(DOCS / "how-to" / "use-from-python.md", "python")
    exec(compile(program, "guide", "exec"), {"__name__": "__main__", "asyncio": asyncio})
    assert capsys.readouterr().out.splitlines()[-1] == "success 0"


@pytest.mark.parametrize(
    ("skill", "approved", "verdict"),
    [("files.read", False, "allow"), ("files.mkdir", False, "ask"), ("files.mkdir", True, "ask")],
)
def test_the_guides_guard_answers(skill, approved, verdict):
    (program,) = blocks(DOCS / "how-to" / "add-a-guard.md", "python")
    request = json.dumps({"act": {"skill": skill, "arguments": {}}, "approved": approved})
    said = subprocess.run([sys.executable, "-c", program], input=request, capture_output=True, text=True, check=True)
    assert json.loads(said.stdout)["verdict"] == verdict


@pytest.mark.network
def test_the_tutorial_does_what_it_says(tmp_path):
    """Each block in its order, as typed; ids are those of this run."""
    surroundings = {
        **os.environ,
        "HOME": str(tmp_path),
        "INTERLOCK_HOME": str(tmp_path / ".interlock-tutorial"),
        "PATH": f"{BIN}:{os.environ['PATH']}",
        **{f"GIT_{who}_{what}": "ada@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }

    def typed(text: str, folder: Path) -> str:
        shell = ["bash", "-euo", "pipefail", "-c", text]
        done = subprocess.run(
            shell, cwd=folder, env=surroundings, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        assert done.returncode in (0, 10, 21), done.stdout + done.stderr
        return done.stdout

    def of_this_run(text: str) -> str:
        listed = typed("interlock ls --json", tmp_path)
        newest = json.loads(listed.splitlines()[0]) if listed else {}
        text = re.sub(r"ses-[0-9a-f]{4}\b", str(newest.get("id")), text)
        return re.sub(r"apr-[0-9a-f]{4}\b", str(newest.get("question")), text)

    def follow(text: str, folder: Path = tmp_path / "hello") -> str:
        return typed(of_this_run(text), folder)

    _, project, asking, pricing, breaking, answering, bug, no = blocks(DOCS / "tutorial.md", "sh")
    typed(project, tmp_path)
    (sentence,) = [one for one in blocks(DOCS / "tutorial.md", "console") if "interlock run" in one]
    first = follow(sentence.splitlines()[0].removeprefix("$ ") + " --non-interactive")
    assert "success · 3 iterations" in first
    assert all(line in first for line in sentence.splitlines()[1:])
    said = follow(asking)
    assert "3 of 3 decisions identical" in said
    assert "intact: " in said
    typed(pricing, tmp_path / "hello")
    assert "past $2.00 you want to be asked" in follow(breaking)
    assert "success · " in follow(answering)
    assert "`test_app.py::test_it_greets (test_app.py:5)` fails and no general remedy fits" in follow(bug)
    assert "rejected" in follow(no)
