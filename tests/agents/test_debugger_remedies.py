"""Remedies by declared tasks, in source files and by plugins: done on evidence, else a person is told."""

import pytest
from msgspec import convert
from msgspec.structs import replace

from interlock.core.plan import Act, Task
from interlock.skills.command import RunTask, settle_task

NO_MODULE = "Error: Cannot find module 'lantern'\nRequire stack:\n- /srv/shop/server.js\n"
UNUSED = '# shop\n./main.go:4:2: "os" imported and not used\n'
SPACES = "Makefile:2: *** missing separator.  Stop.\n"
NO_RULE = "make: *** No rule to make target 'src/lamp.c', needed by 'shop'.  Stop.\n"
NO_OPTION = "ERROR: usage: pytest [options]\npytest: error: unrecognized arguments: --cov\n"
LOCKED = "fatal: Unable to create '/srv/shop/.git/index.lock': File exists.\n"
MAIN = 'package main\n\nimport (\n\t"os"\n\t"fmt"\n)\n\nfunc main() { fmt.Println() }\n'


def task(name, *argv):
    return Task(name=name, act=Act(skill="command.task", arguments={"name": name, "argv": list(argv)}))


@pytest.mark.parametrize(
    ("output", "name", "argv"),
    [
        (NO_MODULE, "setup", ("npm", "ci")),
        ("sh: 1: jest: not found\n", "setup", ("pnpm", "install")),
        (
            "main.go:2:8: no required module provides package github.com/a/b; to add it:\n",
            "mods",
            ("go", "mod", "tidy"),
        ),
        ("Error: @prisma/client did not initialize yet.\n", "gen", ("npx", "prisma", "generate")),
    ],
)
async def test_the_task_that_is_declared_for_it_is_run(bench, output, name, argv):
    bench.workspace = replace(bench.workspace, tasks=(task("serve", "node", "server.js"), task(name, *argv)))
    (proposal,) = (await bench.diagnose(output)).candidates
    assert proposal.act.skill == "command.task"
    assert settle_task(convert(proposal.act.arguments, RunTask), bench.workspace).argv == argv


async def test_without_such_a_task_a_person_is_told_what_is_missing(bench):
    bench.workspace = replace(bench.workspace, tasks=(task("serve", "node", "server.js"),))
    diagnosis = await bench.diagnose(NO_MODULE)
    assert diagnosis.candidates == ()
    assert "node module `lantern` is not installed" in diagnosis.advice


async def test_the_task_that_failed_is_not_its_own_remedy(bench):
    bench.workspace = replace(bench.workspace, tasks=(task("setup", "npm", "ci"),))
    assert (await bench.diagnose(NO_MODULE, "task:setup")).candidates == ()


async def test_an_import_that_go_calls_unused_is_taken_out(bench):
    bench.write("main.go", MAIN)
    (proposal,) = (await bench.diagnose(UNUSED)).candidates
    assert proposal.act == Act(skill="files.patch", arguments={"path": "main.go", "old": '\t"os"\n', "new": ""})


@pytest.mark.parametrize("line", ['\t_ "os"', '\tx := "os"', "\tos.Exit(1)", ""])
async def test_a_line_that_is_not_that_import_stays(bench, line):
    bench.write("main.go", MAIN.replace('\t"os"', line))
    assert (await bench.diagnose(UNUSED)).candidates == ()


async def test_an_import_that_stands_twice_stays(bench):
    bench.write("main.go", MAIN + 'const raw = `\n\t"os"\n`\n')
    assert (await bench.diagnose(UNUSED)).candidates == ()


async def test_a_recipe_that_begins_with_spaces_gets_its_tabs(bench):
    bench.write("Makefile", "all:\n    echo hi\n    echo ho\n\nclean:\n\techo\n")
    (proposal,) = (await bench.diagnose(SPACES)).candidates
    before, after = "\n    echo hi\n    echo ho\n", "\n\techo hi\n\techo ho\n"
    assert proposal.act.arguments == {"path": "Makefile", "old": before, "new": after}


async def test_a_line_of_a_makefile_that_is_no_recipe_stays(bench):
    bench.write("Makefile", "all:\nwhatever this is\n")
    diagnosis = await bench.diagnose(SPACES)
    assert diagnosis.candidates == ()
    assert "neither a rule nor a recipe" in diagnosis.advice


async def test_a_tracked_file_that_is_gone_is_brought_back(bench):
    bench.tracks("Makefile", "src/lamp.c")
    (proposal,) = (await bench.diagnose(NO_RULE)).candidates
    assert proposal.act == Act(skill="git.restore", arguments={"path": "src/lamp.c"})


async def test_a_file_that_is_there_or_was_never_tracked_is_not_restored(bench):
    bench.tracks("Makefile")
    assert (await bench.diagnose(NO_RULE)).candidates == ()
    bench.tracks("Makefile", "src/lamp.c")
    bench.write("src/lamp.c", "int lamp;\n")
    assert (await bench.diagnose(NO_RULE)).candidates == ()


async def test_a_plugin_that_the_project_declares_is_installed(bench):
    bench.python()
    bench.write("requirements-dev.txt", "pytest\npytest-cov>=5\n")
    (proposal,) = (await bench.diagnose(NO_OPTION)).candidates
    assert proposal.act.arguments == {"packages": ["pytest-cov>=5"], "venv": ".venv"}


async def test_a_plugin_that_nobody_declared_is_only_named(bench):
    bench.python()
    diagnosis = await bench.diagnose(NO_OPTION)
    assert diagnosis.candidates == ()
    assert "`pytest-cov` brings `--cov`; declare it" in diagnosis.advice


async def test_an_option_that_no_known_plugin_brings_may_be_misspelt(bench):
    assert "may be misspelt" in (await bench.diagnose(NO_OPTION.replace("--cov", "--cvo"))).advice


async def test_a_plugin_that_is_installed_points_to_another_interpreter(bench):
    bench.python()
    bench.installed("pytest-cov", "5.0")
    bench.write("requirements.txt", "pytest-cov\n")
    diagnosis = await bench.diagnose(NO_OPTION)
    assert diagnosis.candidates == ()
    assert "another interpreter" in diagnosis.advice


async def test_a_lock_of_git_is_waited_for_before_it_is_moved_aside(bench):
    diagnosis = await bench.diagnose(LOCKED)
    assert [each.act.skill for each in diagnosis.candidates] == ["checks.look", "git.unlock"]
    assert diagnosis.candidates[1].act.arguments == {"lock": "index.lock"}
    assert "remove the file that the message names" in diagnosis.advice


@pytest.mark.parametrize(
    "output",
    [
        "ERROR: No matching distribution found for lamp (from versions: none)\n",
        "verifying github.com/a/b@v1.2.0: checksum mismatch\n",
        "sudo: a password is required\n",
        "Host key verification failed.\n",
        "sqlite3.DatabaseError: database disk image is malformed\n",
        "remote: Push cannot contain secrets\n",
        "sqlite3.OperationalError: duplicate column name: currency\n",
    ],
)
async def test_what_has_no_fix_is_said_and_nothing_is_proposed(bench, output):
    bench.python()
    bench.workspace = replace(bench.workspace, tasks=(task("migrate", "./m"), task("setup", "npm", "ci")))
    diagnosis = await bench.diagnose(output)
    assert diagnosis.candidates == ()
    assert diagnosis.pattern
    assert diagnosis.advice
