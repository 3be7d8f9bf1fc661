"""Artifacts by content: kept once, whole, and checked when read."""

import hashlib

import pytest

from interlock.adapters.objects import ObjectFolder
from interlock.ports import StoreUnusable


async def test_what_was_put_is_got_back_by_its_hash(tmp_path):
    objects = ObjectFolder(tmp_path / "objects")
    for content in (b"", b"output\xff\x00", bytes(1_000_000)):
        digest = await objects.put(content)
        assert digest == hashlib.sha256(content).hexdigest()
        assert await objects.get(digest) == content


async def test_the_same_content_is_kept_once_and_leaves_no_drafts(tmp_path):
    objects = ObjectFolder(tmp_path)
    assert await objects.put(b"x") == await objects.put(b"x")
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


async def test_what_is_not_here_is_none_whatever_the_digest_says(tmp_path):
    objects = ObjectFolder(tmp_path / "objects")
    (tmp_path / "secret").write_text("no object")
    for digest in ("0" * 64, "", "../secret", "/etc/passwd", "0" * 64 + "\n"):
        assert await objects.get(digest) is None


async def test_what_was_changed_on_disk_is_refused(tmp_path):
    objects = ObjectFolder(tmp_path)
    digest = await objects.put(b"true")
    (tmp_path / digest[:2] / digest[2:]).write_bytes(b"false")
    with pytest.raises(StoreUnusable, match="was changed on disk"):
        await objects.get(digest)


async def test_a_folder_in_the_way_is_named(tmp_path):
    (tmp_path / "objects").write_text("a file")
    with pytest.raises(StoreUnusable, match="check its owner and free space"):
        await ObjectFolder(tmp_path / "objects").put(b"x")
