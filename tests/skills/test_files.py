"""Files: what is asked is what happens, and the result says whether anything changed."""

import os
import stat
from pathlib import Path

import pytest

from interlock.core.plan import Act


async def test_writing_makes_the_file_and_writing_it_again_changes_nothing(bench, root: Path):
    made = bench()
    first = await made.do("files.write", path="a/b.txt", content="hello\n")
    again = await made.do("files.write", path="a/b.txt", content="hello\n")
    assert (root / "a/b.txt").read_text() == "hello\n"
    assert (first.ok, first.changed, again.ok, again.changed) == (True, True, True, False)


async def test_writing_keeps_the_executable_bit(bench, root: Path):
    (root / "run.sh").write_text("old")
    (root / "run.sh").chmod(0o755)
    await bench().do("files.write", path="run.sh", content="new")
    assert stat.S_IMODE((root / "run.sh").stat().st_mode) == 0o755


async def test_reading_gives_the_text_and_changes_nothing(bench, root: Path):
    (root / "a").write_text("text\n")
    result = await bench().do("files.read", path="a")
    assert (result.ok, result.output, result.changed) == (True, "text\n", False)


@pytest.mark.parametrize(("content", "count"), [("x = 1\nx = 1\n", 2), ("y = 1\n", 0)])
async def test_a_patch_needs_exactly_one_occurrence(bench, root: Path, content, count):
    (root / "a.py").write_text(content)
    result = await bench().do("files.patch", path="a.py", old="x = 1", new="x = 2")
    assert not result.ok and not result.changed and f"holds the text to replace {count} times" in result.output
    assert (root / "a.py").read_text() == content


async def test_a_patch_replaces_the_one_occurrence(bench, root: Path):
    (root / "a.py").write_bytes(b"x = 1\r\ny = 2\r\n")
    result = await bench().do("files.patch", path="a.py", old="x = 1", new="x = 3")
    assert result.ok and result.changed and (root / "a.py").read_bytes() == b"x = 3\r\ny = 2\r\n"


@pytest.mark.parametrize(("old", "new"), [("x = 1", "x = 3"), ("x = 1", "x = 1  # one"), ("x", "x, x")])
async def test_a_patch_that_has_happened_is_not_done_again(bench, root: Path, old, new):
    (root / "a.py").write_text("x = 1\ny = 2\n")
    made = bench()
    first = await made.do("files.patch", path="a.py", old=old, new=new)
    written = (root / "a.py").read_text()
    again = await made.do("files.patch", path="a.py", old=old, new=new)
    assert (first.ok, first.changed, again.ok, again.changed) == (True, True, True, False)
    assert (root / "a.py").read_text() == written == "x = 1\ny = 2\n".replace(old, new)


async def test_only_a_patch_whose_outcome_can_be_seen_may_be_repeated_after_a_crash(bench, root: Path):
    toolbox = bench().toolbox
    patch = {"path": "a.py", "old": "x = 1\n"}
    assert toolbox.quote(Act(skill="files.patch", arguments={**patch, "new": "x = 2\n"})).effects.idempotent
    assert not toolbox.quote(Act(skill="files.patch", arguments={**patch, "new": ""})).effects.idempotent


async def test_removing_a_link_takes_the_link_and_leaves_what_it_leads_to(bench, root: Path, tmp_path: Path):
    (tmp_path / "kept").write_text("kept")
    (root / "link").symlink_to(tmp_path / "kept")
    result = await bench().do("files.remove", path="link")
    assert result.ok and not (root / "link").is_symlink() and (tmp_path / "kept").exists()


async def test_a_folder_with_content_is_removed_only_when_that_is_said(bench, root: Path):
    (root / "d").mkdir()
    (root / "d/f").write_text("x")
    made = bench()
    assert not (await made.do("files.remove", path="d")).ok
    assert (await made.do("files.remove", path="d", recursive=True)).ok
    assert not (root / "d").exists()
    assert (await made.do("files.remove", path="d")).changed is False


async def test_folders_bits_and_presence(bench, root: Path):
    made = bench()
    assert (await made.do("files.mkdir", path="x/y")).changed
    assert not (await made.do("files.mkdir", path="x/y")).changed
    (root / "s").write_text("#!/bin/sh\n")
    assert (await made.do("files.chmod", path="s", executable=True)).ok
    assert os.access(root / "s", os.X_OK)
    assert (await made.do("files.exists", path="s")).ok
    missing = await made.do("files.exists", path="gone")
    assert not missing.ok and "does not exist" in missing.output
