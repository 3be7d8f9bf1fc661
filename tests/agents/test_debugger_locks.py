"""Lock files, short histories, scripts and environments that moved: what is proposed, and when nothing is."""

import pytest

LOCK = "error: The lockfile at `uv.lock` needs to be updated, but `--locked` was provided.\n"
SHALLOW = "fatal: No names found, cannot describe anything.\n"
MANAGED = "error: externally-managed-environment\n"


def missing(interpreter):
    return f"/usr/bin/env: \u2018{interpreter}\u2019: No such file or directory\n"


async def test_a_lock_is_made_anew_where_its_declaration_stands(bench):
    assert await bench.fixes(LOCK) == []
    bench.write("pyproject.toml", "")
    (proposal,) = (await bench.diagnose(LOCK)).candidates
    assert (proposal.act.skill, proposal.act.arguments) == ("packages.lock", {"file": "uv.lock"})


async def test_a_tracked_lock_that_is_gone_comes_back_first(bench):
    gone = "npm error The `npm ci` command can only install with an existing package-lock.json or\n"
    bench.write("package.json", "{}")
    assert await bench.fixes(gone) == ["npm-lock-missing:anew-package-lock.json"]
    bench.tracks("package.json", "package-lock.json")
    assert await bench.fixes(gone) == [
        "npm-lock-missing:restore-package-lock.json",
        "npm-lock-missing:anew-package-lock.json",
    ]


async def test_history_is_fetched_only_into_a_shallow_clone(bench):
    diagnosis = await bench.diagnose(SHALLOW)
    assert diagnosis.candidates == ()
    assert "misspelt" in diagnosis.advice
    bench.write(".git/shallow", "")
    (proposal,) = (await bench.diagnose(SHALLOW)).candidates
    assert proposal.act.arguments == {"remote": "origin", "whole": True}


async def test_a_script_is_run_by_the_interpreter_of_that_name_that_is_here(bench):
    bench.write("build.sh", "#!/usr/bin/env bash9.1\necho built\n")
    (proposal,) = (await bench.diagnose(missing("bash9.1"))).candidates
    assert proposal.act.arguments == {"path": "build.sh", "content": "#!/usr/bin/env bash\necho built\n"}


@pytest.mark.parametrize("interpreter", ["python2", "python2.7", "lamp3", "ksh93"])
async def test_another_language_is_no_stand_in(bench, interpreter):
    bench.write("build", f"#!/usr/bin/env {interpreter}\n")
    diagnosis = await bench.diagnose(missing(interpreter))
    assert diagnosis.candidates == ()
    assert f"asks for `{interpreter}`" in diagnosis.advice


async def test_of_two_scripts_that_ask_for_it_none_is_changed(bench):
    for name in ("one", "two"):
        bench.write(name, "#!/usr/bin/env bash9\n")
    assert await bench.fixes(missing("bash9")) == []


async def test_an_environment_that_was_moved_gets_its_scripts_anew_with_their_owner(bench):
    bench.python()
    bench.write(".venv/bin/python", "")
    bench.installed("pip", "24.0")
    bench.write(".venv/lib/python3.11/site-packages/pip-24.0.dist-info/RECORD", "../../../bin/pip,sha256=x,1\n")
    bench.write("requirements.txt", "lantern\n")
    said = "check.sh: line 2: .venv/bin/pip: cannot execute: required file not found\n"
    bench.write(".venv/bin/pip", "#!/usr/bin/env python3\n")
    assert await bench.fixes(said) == []
    bench.write(".venv/bin/pip", f"#!{bench.root}/old/bin/python\n")
    (proposal,) = (await bench.diagnose(said)).candidates
    assert proposal.act.arguments == {
        "requirements": ["requirements.txt"], "packages": ["pip"], "venv": ".venv", "reinstall": True,
    }  # fmt: skip


async def test_a_python_of_the_systems_gets_an_environment_beside_it(bench):
    bench.write("requirements.txt", "lantern\n")
    (proposal,) = (await bench.diagnose(MANAGED)).candidates
    assert proposal.act.arguments == {"requirements": ["requirements.txt"], "packages": ["pip"], "venv": ".venv"}
    bench.python()
    diagnosis = await bench.diagnose(MANAGED)
    assert diagnosis.candidates == ()
    assert "run the command with its Python" in diagnosis.advice
