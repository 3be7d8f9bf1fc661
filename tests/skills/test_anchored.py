"""A spot is found through no link, and stays where it was found."""

import os
import stat
from pathlib import Path

import pytest

from interlock.skills.anchored import spot
from interlock.skills.paths import Moved


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    return folder


def swapped(folder: Path, outside: Path) -> Path:
    """The folder moved aside, with a link to the outside in its place."""
    aside = folder.rename(folder.with_name("aside"))
    folder.symlink_to(outside)
    return aside


@pytest.mark.parametrize("path", ["link", "link/a", "link/b/a"])
def test_a_link_on_the_way_or_at_the_end_is_not_followed(root: Path, outside: Path, path):
    (outside / "a").write_text("private")
    (root / "link").symlink_to(outside)
    with pytest.raises(Moved), spot(str(root / path), make=True) as at:
        at.mode()
    assert sorted(each.name for each in outside.iterdir()) == ["a"]


def test_a_folder_swapped_for_a_link_after_it_was_opened_gives_nothing_away(root: Path, outside: Path):
    (root / "d").mkdir()
    (root / "d" / "a").write_text("ours")
    (outside / "a").write_text("private")
    with spot(str(root / "d" / "a")) as at:
        aside = swapped(root / "d", outside)
        assert at.read() == b"ours"
        at.put(b"changed")
        at.allow(0o700)
        assert (aside / "a").read_text() == "changed"
        at.remove(recursive=True)
    assert list(aside.iterdir()) == []
    assert (outside / "a").read_text() == "private" and stat.S_IMODE((outside / "a").stat().st_mode) != 0o700


def test_a_file_that_is_replaced_runs_as_nobody_else(root: Path):
    (root / "a").write_text("old")
    (root / "a").chmod(0o6755)
    with spot(str(root / "a")) as at:
        at.put(b"new")
    assert stat.S_IMODE((root / "a").stat().st_mode) == 0o755


def test_a_pipe_is_no_file_and_does_not_keep_us_waiting(root: Path):
    os.mkfifo(root / "pipe")
    with spot(str(root / "pipe")) as at:
        assert not at.is_file()
        assert at.read(1) == b""
