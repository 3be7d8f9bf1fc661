"""Lock files: brought in line by the tool that owns them, and shown; nothing else is called a lock file."""

import json
import shutil

import pytest

from interlock.ports import BadArguments


def package(root, **dependencies):
    (root / "package.json").write_text(json.dumps({"name": "shop", "version": "1.0.0", "dependencies": dependencies}))


def library(root, name):
    folder = root / "lib" / name
    folder.mkdir(parents=True)
    (folder / "package.json").write_text(json.dumps({"name": name, "version": "1.0.0"}))
    return f"file:lib/{name}"


async def test_uv_writes_its_lock_and_what_changed_is_shown(bench, root):
    (root / "pyproject.toml").write_text('[project]\nname = "tally"\nversion = "1"\nrequires-python = ">=3.11"\n')
    made = bench()
    first = await made.do("packages.lock", file="uv.lock")
    assert first.ok and first.changed, first.output
    assert '+name = "tally"' in first.output
    again = await made.do("packages.lock", file="uv.lock")
    assert again.ok and not again.changed
    assert "nothing changed" in again.output


@pytest.mark.skipif(shutil.which("npm") is None, reason="no npm on this machine")
async def test_npm_adds_what_was_declared_and_runs_no_script(bench, root):
    cart = library(root, "cart")
    package(root, cart=cart)
    made = bench()
    assert (await made.do("packages.lock", file="package-lock.json")).ok
    package(root, cart=cart, tax=library(root, "tax"))
    result = await made.do("packages.lock", file="package-lock.json")
    assert result.ok and result.changed, result.output
    assert "lib/tax" in result.output
    assert not (root / "node_modules").exists()


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("notes.txt", "is no lock file; known are uv.lock"),
        ("uv.lock", "`pyproject.toml` does not stand beside"),
        ("sub/Cargo.lock", "`Cargo.toml` does not stand beside"),
    ],
)
async def test_what_is_no_lock_file_of_the_project_is_refused(bench, file, said):
    with pytest.raises(BadArguments, match=said):
        await bench().do("packages.lock", file=file)


@pytest.mark.parametrize("wait", [-1.0, 61.0, 1e9])
async def test_a_look_waits_a_minute_at_most(bench, wait):
    with pytest.raises(BadArguments, match="choose from 0 to 60 seconds"):
        await bench().do("checks.look", wait=wait)
