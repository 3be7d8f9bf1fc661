"""Snapshots of real folders: every change is seen, what is kept can be had, and nothing outside is followed."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from interlock.adapters.objects import ObjectFolder
from interlock.adapters.snapshots import FolderSnapshots
from interlock.ports import StoreUnusable

Made = tuple[Path, FolderSnapshots]


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Made]:
    """Makes a workspace with files in it, and the snapshots of it."""

    def made(files: dict[str, str], **caps: Any) -> Made:
        root = tmp_path.resolve() / "work"
        for name, content in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(content)
        kept = ObjectFolder(tmp_path / "kept", synced=False)
        return root, FolderSnapshots(kept.keep, kept.find, **caps)

    return made


async def changed(root: Path, snapshots: FolderSnapshots, does: Callable[[], object]) -> dict[str, tuple[str, str]]:
    """The paths that an act changed, with the kinds of what was and of what became."""
    before = await snapshots.take(str(root))
    does()
    found = await snapshots.compare(before, await snapshots.again(str(root), before))
    assert not isinstance(found, str), found
    return {each.path: (each.was.kind if each.was else "", each.became.kind if each.became else "") for each in found}


async def test_every_change_is_seen_and_nothing_else(make: Callable[..., Made]) -> None:
    root, snapshots = make({"a": "1", "b": "1", "d/x": "1", "same/y": "1"})

    def act() -> None:
        (root / "a").write_text("2")
        (root / "b").unlink()
        (root / "d" / "x").chmod(0o755)
        (root / "made").mkdir()
        (root / "made" / "l").symlink_to("/etc/passwd")

    assert await changed(root, snapshots, act) == {
        "a": ("file", "file"), "b": ("file", ""), "d/x": ("file", "file"),
        "made": ("", "folder"), "made/l": ("", "link"),
    }  # fmt: skip
    assert await changed(root, snapshots, lambda: None) == {}


async def test_a_change_of_the_same_size_at_once_after_another_is_seen(make: Callable[..., Made]) -> None:
    root, snapshots = make({"a": "0"})
    for number in range(1, 30):
        assert await changed(root, snapshots, lambda number=number: (root / "a").write_text(str(number % 10)))


async def test_what_did_not_change_is_not_read_again(make: Callable[..., Made], tmp_path: Path) -> None:
    root, _ = make({"a": "content"})
    kept, reads = ObjectFolder(tmp_path / "kept", synced=False), []

    def keep(content: bytes) -> str:
        reads.append(content)
        return kept.keep(content)

    snapshots = FolderSnapshots(keep, kept.find)
    deadline = time.monotonic() + 10
    while True:  # until the file is older than the tick of the clock within which a change could hide
        await snapshots.take(str(root))
        if b"content" not in reads:
            break
        assert time.monotonic() < deadline
        reads.clear()
    (root / "b").write_text("fresh")
    await snapshots.take(str(root))
    assert (b"fresh" in reads, b"content" in reads) == (True, False)


async def test_a_file_that_could_change_again_within_the_same_tick_is_read_again(
    make: Callable[..., Made], tmp_path: Path
) -> None:
    """As one whose clock is ahead: its time does not tell it from what it may become."""
    root, _ = make({"a": "content"})
    os.utime(root / "a", (time.time() + 1000, time.time() + 1000))
    kept, reads = ObjectFolder(tmp_path / "kept", synced=False), []

    def keep(content: bytes) -> str:
        reads.append(content)
        return kept.keep(content)

    snapshots = FolderSnapshots(keep, kept.find)
    assert await snapshots.take(str(root)) == await snapshots.take(str(root))
    assert reads.count(b"content") == 2


async def test_a_file_is_kept_before_and_a_large_one_is_told_apart_though_not_kept(make: Callable[..., Made]) -> None:
    root, snapshots = make({"a": "small", "b": "x" * 50}, largest=10)
    before = await snapshots.take(str(root))
    (root / "a").write_text("other")
    (root / "b").write_text("y" * 50)
    found = await snapshots.compare(before, await snapshots.again(str(root), before))
    small, large = found
    assert (await snapshots.get(small.was.mark), large.was.kept) == (b"small", False)


async def test_environments_repositories_and_what_node_installed_are_left_apart(make: Callable[..., Made]) -> None:
    root, snapshots = make(
        {".venv/pyvenv.cfg": "", ".venv/lib/python3/site-packages/a.py": "", "node_modules/x.js": "", "a": "1"}
    )
    git = ["git", "-C", str(root), "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run([*git, "init", "-q", "-b", "main"], check=True)

    def act() -> None:
        (root / ".venv/lib/python3/site-packages/b.py").write_text("")
        (root / "node_modules/y").mkdir()
        subprocess.run([*git, "add", "a"], check=True)
        subprocess.run([*git, "commit", "-qm", "a"], check=True)

    apart = ("apart", "apart")
    assert await changed(root, snapshots, act) == {".git": apart, ".venv": apart, "node_modules": apart}


async def test_caches_and_interlocks_own_folder_are_not_seen(make: Callable[..., Made]) -> None:
    root, _ = make({"a": "1", "__pycache__/a.pyc": "", "home/objects/x": ""})
    kept = ObjectFolder(root / "home" / "kept", synced=False)
    snapshots = FolderSnapshots(kept.keep, kept.find, closed=[str(root / "home")])
    assert await changed(root, snapshots, lambda: (root / "__pycache__/a.pyc").write_text("2")) == {}


async def test_named_paths_are_kept_alone_with_the_folders_that_are_missing(make: Callable[..., Made]) -> None:
    root, snapshots = make({"a": "1", "b": "1", ".venv/pyvenv.cfg": "", ".venv/x.py": "1"})
    before = await snapshots.take(str(root), [f"{root}/a", f"{root}/new/deep/c", f"{root}/.venv/x.py", "/elsewhere"])
    for name in ("a", "b", ".venv/x.py"):
        (root / name).write_text("2")
    (root / "new" / "deep").mkdir(parents=True)
    found = await snapshots.compare(before, await snapshots.again(str(root), before))
    assert [each.path for each in found] == [".venv/x.py", "a", "new", "new/deep"]


async def test_a_crowded_workspace_is_not_kept_and_says_so(make: Callable[..., Made]) -> None:
    root, snapshots = make({str(number): "" for number in range(20)}, most_entries=10)
    before = await snapshots.take(str(root))
    assert "more than 10 files" in await snapshots.compare(before, await snapshots.take(str(root), [f"{root}/1"]))
    named = await snapshots.take(str(root), [f"{root}/1"])
    (root / "1").write_text("2")
    assert [each.path for each in await snapshots.compare(named, await snapshots.again(str(root), named))] == ["1"]


async def test_what_is_behind_a_link_is_hidden_and_never_read(make: Callable[..., Made], tmp_path: Path) -> None:
    root, snapshots = make({"a": "1"})
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key").write_text("key")
    (root / "out").symlink_to(tmp_path / "secret")
    look = await snapshots.look(str(root), ["out", "out/key", "a", "gone/x"])
    assert [entry.kind if entry else None for entry in look.values()] == ["link", "hidden", "file", None]
    await snapshots.take(str(root), [f"{root}/out/key"])
    assert not any(path.read_bytes() == b"key" for path in (tmp_path / "kept").glob("??/*"))


async def test_what_was_pruned_can_not_be_compared_and_that_is_said(make: Callable[..., Made], tmp_path: Path) -> None:
    root, snapshots = make({"a": "1"})
    before = await snapshots.take(str(root))
    (root / "a").write_text("2")
    after = await snapshots.again(str(root), before)
    assert ObjectFolder(tmp_path / "kept").prune(time.time() + 1) > 0
    assert "is not kept any more" in await snapshots.compare(before, after)
    with pytest.raises(StoreUnusable, match="is not kept any more"):
        await snapshots.again(str(root), before)


async def test_what_can_not_be_kept_stops_the_act(make: Callable[..., Made], tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("in the way")
    root, snapshots = make({"a": "1"})
    with pytest.raises(StoreUnusable, match="can't keep"):
        await snapshots.take(str(root))
