"""Git: history is evidence, and files come back from it."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from interlock.ports import BadArguments


def git(root: Path, *words: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    subprocess.run(["git", *identity, *words], cwd=root, check=True, capture_output=True)


@pytest.fixture
def history(root: Path) -> Path:
    """Two commits that changed one value, and a hook that must not run."""
    git(root, "init", "-q", "-b", "main")
    for value in ("good", "bad"):
        (root / "conf.ini").write_text(f"level = {value}\n")
        git(root, "add", "conf.ini")
        git(root, "commit", "-q", "-m", f"Set {value}")
    return root


async def test_the_history_shows_what_was_changed(bench, history):
    result = await bench().do("git.log", path="conf.ini", patch=True)
    assert result.ok and not result.changed, result.output
    assert "-level = good" in result.output and "Set bad" in result.output


async def test_a_file_is_taken_back_as_it_was(bench, history):
    result = await bench().do("git.restore", path="conf.ini", commit="HEAD~1")
    assert result.ok and result.changed, result.output
    assert (history / "conf.ini").read_text() == "level = good\n"


async def test_status_and_differences_change_nothing(bench, history):
    (history / "conf.ini").write_text("level = other\n")
    made = bench()
    status = await made.do("git.status")
    diff = await made.do("git.diff")
    assert " M conf.ini" in status.output and "+level = other" in diff.output
    assert not status.changed and not diff.changed


async def test_a_commit_records_the_paths_alone_and_runs_no_hook(bench, history):
    hook = history / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ntouch hooked\n")
    hook.chmod(0o755)
    (history / "new").write_text("x")
    (history / "other").write_text("y")
    made = bench()
    result = await made.do("git.commit", message="Add new", paths=["new"])
    assert result.ok, result.output
    assert "?? other" in (await made.do("git.status")).output
    assert not (history / "hooked").exists()


async def test_a_workspace_inside_a_larger_repository_sees_its_history(bench, root, tmp_path):
    git(tmp_path, "init", "-q", "-b", "main")
    (root / "a").write_text("one\n")
    git(tmp_path, "add", "work/a")
    git(tmp_path, "commit", "-q", "-m", "First")
    (root / "a").write_text("two\n")
    result = await bench().do("git.restore", path="a")
    assert result.ok, result.output
    assert (root / "a").read_text() == "one\n"


async def test_no_repository_is_told_in_gits_own_words(bench):
    result = await bench().do("git.status")
    assert not result.ok and "not a git repository" in result.output


async def test_a_shallow_clone_gets_the_rest_of_its_history_and_the_tags(bench, root, tmp_path):
    origin = root / "vendor"
    origin.mkdir()
    git(origin, "init", "-q", "-b", "main")
    for tag in ("v1", "v2", "v3"):
        git(origin, "commit", "-q", "--allow-empty", "-m", tag)
        git(origin, "tag", tag)
    git(tmp_path, "clone", "-q", "--depth", "1", "--no-tags", f"file://{origin}", str(tmp_path / "clone"))
    (tmp_path / "clone" / ".git").rename(root / ".git")
    for _ in range(2):
        result = await bench().do("git.fetch", whole=True)
        assert result.ok, result.output
    assert not (root / ".git" / "shallow").exists()
    tags = subprocess.run(["git", "tag"], cwd=root, check=True, capture_output=True, text=True).stdout.split()
    assert tags == ["v1", "v2", "v3"]


def locked(root: Path, hours: float) -> Path:
    """The lock of a git that began so long ago."""
    lock = root / ".git" / "index.lock"
    lock.touch()
    then = time.time() - hours * 3600
    os.utime(lock, (then, then))
    return lock


async def test_an_old_lock_that_nobody_holds_is_moved_aside_and_kept(bench, history):
    lock = locked(history, hours=5)
    result = await bench().do("git.unlock")
    assert result.ok and result.changed, result.output
    assert not lock.exists()
    assert lock.with_name("index.lock.left-by-a-dead-git").exists()


async def test_a_young_lock_stays(bench, history):
    lock = locked(history, hours=0.1)
    result = await bench().do("git.unlock")
    assert not result.ok and "may still be at work" in result.output
    assert lock.exists()


async def test_a_lock_that_somebody_holds_stays(bench, history):
    lock = locked(history, hours=5)
    with lock.open():
        result = await bench().do("git.unlock")
    assert not result.ok and f"process {os.getpid()} is at work" in result.output
    assert lock.exists()


async def test_a_lock_stays_while_a_git_runs_in_the_repository(bench, history):
    lock = locked(history, hours=5)
    with subprocess.Popen(["git", "cat-file", "--batch"], cwd=history, stdin=subprocess.PIPE) as running:
        assert running.stdin is not None
        result = await bench().do("git.unlock")
        running.stdin.close()
    assert not result.ok and f"process {running.pid} is at work" in result.output
    assert lock.exists()


@pytest.mark.parametrize("name", ["../index.lock", "HEAD", "refs/heads/main", ""])
async def test_nothing_but_a_lock_of_git_is_moved_aside(bench, history, name):
    with pytest.raises(BadArguments, match="none of git's locks"):
        await bench().do("git.unlock", lock=name)


async def test_fetching_asks_the_named_remote(bench, history, tmp_path):
    result = await bench().do("git.fetch")
    assert not result.ok and "origin" in result.output
