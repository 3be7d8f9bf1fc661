"""Acts that change a promise: another interpreter, another pin. Done whole, or not at all."""

import shutil
import subprocess
import sys

import pytest

from interlock.ports import BadArguments
from interlock.skills.interpreters import present, present_python

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


def test_the_interpreters_that_are_present_are_found_without_starting_any_and_really_are_what_they_say():
    found = present()
    assert found and [each.version for each in found] == sorted((each.version for each in found), reverse=True)
    for each in found:
        said = subprocess.run(
            [each.path, "-c", "import os, sys; print(sys.version_info[:2], os.__file__)"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert said.stdout.split() == [*str(each.version).split(), f"{each.library}/os.py"]


def test_a_shim_that_only_looks_like_an_interpreter_is_none(tmp_path, monkeypatch):
    shim = tmp_path / "bin" / "python3.99"
    shim.parent.mkdir()
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(shim.parent))
    assert present_python("3.99") is None


@pytest.mark.parametrize(
    ("skill", "arguments", "words"),
    [
        ("packages.rebuild", {"python": "3.99", "requirements": ["r.txt"]}, "not on this machine"),
        ("packages.rebuild", {"python": "3.9", "requirements": []}, "nothing to rebuild from"),
        ("packages.raise_pin", {"file": "r.txt", "old": "six==1", "new": "sax==2"}, "different packages"),
        ("packages.raise_pin", {"file": "r.txt", "old": "six==1", "new": "six>=2"}, "pins no release"),
        ("packages.raise_pin", {"file": "r.txt", "old": "six==1", "new": "six @ http://x"}, "pins no release"),
        ("packages.raise_pin", {"file": "r.txt", "old": "six==1", "new": "--evil"}, "is not a requirement"),
    ],
)
async def test_what_is_no_such_change_is_refused(bench, skill, arguments, words):
    with pytest.raises(BadArguments, match=words):
        await bench().do(skill, **arguments)


@pytest.mark.network
async def test_a_raised_pin_is_written_and_installed_and_doing_it_twice_changes_nothing(bench, root):
    (root / "requirements.txt").write_text("# ours\nsix==1.15.0  # old\n")
    made = bench()
    await made.do("packages.install", requirements=["requirements.txt"], timeout=120)
    pins = {"file": "requirements.txt", "old": "six==1.15.0", "new": "six==1.16.0"}
    first = await made.do("packages.raise_pin", **pins, timeout=120)
    again = await made.do("packages.raise_pin", **pins, timeout=120)
    assert first.ok and first.changed and "six: 1.15.0 → 1.16.0" in first.output, first.output
    assert again.ok and not again.changed, again.output
    assert (root / "requirements.txt").read_text() == "# ours\nsix==1.16.0  # old\n"


@pytest.mark.network
async def test_a_pin_that_can_not_be_had_is_put_back(bench, root):
    (root / "requirements.txt").write_text("six==1.15.0\n")
    made = bench()
    await made.do("packages.install", requirements=["requirements.txt"], timeout=120)
    result = await made.do(
        "packages.raise_pin", file="requirements.txt", old="six==1.15.0", new="six==99.0", timeout=120
    )
    assert not result.ok and not result.changed
    assert (root / "requirements.txt").read_text() == "six==1.15.0\n"


@pytest.mark.network
async def test_an_environment_is_made_anew_on_another_python_with_what_is_required(bench, root):
    other = next((each.minor for each in present() if each.minor != HERE), HERE)
    (root / "requirements.txt").write_text("six==1.16.0\n")
    made = bench()
    await made.do("packages.install", packages=["six==1.15.0"], timeout=120)
    result = await made.do("packages.rebuild", python=other, requirements=["requirements.txt"], timeout=120)
    assert result.ok and result.changed, result.output
    assert f"version_info = {other}" in (root / ".venv/pyvenv.cfg").read_text()
    assert result.facts["after"]["six"] == "1.16.0"


@pytest.mark.network
async def test_an_environment_stays_as_it_is_where_the_other_python_can_not_have_what_is_required(bench, root):
    (root / "requirements.txt").write_text("six==99.0\n")
    made = bench()
    await made.do("packages.install", packages=["six==1.15.0"], timeout=120)
    before = (root / ".venv/pyvenv.cfg").read_text()
    result = await made.do("packages.rebuild", python=HERE, requirements=["requirements.txt"], timeout=120)
    assert not result.ok and not result.changed
    assert (root / ".venv/pyvenv.cfg").read_text() == before
    assert shutil.which("python", path=str(root / ".venv/bin"))
