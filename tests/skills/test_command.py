"""Commands: confined, priced by their own report, masked, and proof only when something was tested."""

from pathlib import Path

import pytest

from interlock.core.plan import Act, Check, Effects, Task
from interlock.skills.usage import read_report


def script(root: Path, text: str, name: str = "run.sh") -> list[str]:
    file = root / name
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return [f"./{name}"]


def declared_check(argv: list[str]) -> Check:
    return Check(
        name="unit", act=Act(skill="command.run", arguments={"argv": argv, "cwd": ".", "env": {}, "check": "unit"})
    )


async def test_a_command_runs_without_a_shell(bench):
    result = await bench().do("command.run", argv=["echo", "$HOME; echo two"])
    assert (result.ok, result.exit_code, result.output, result.changed) == (True, 0, "$HOME; echo two\n", True)


async def test_a_failing_command_tells_its_exit_code(bench, root):
    result = await bench().do("command.run", argv=script(root, "echo broken >&2; exit 3"))
    assert (result.ok, result.exit_code, result.output) == (False, 3, "broken\n")


async def test_a_program_that_is_not_there_is_unstartable_and_changed_nothing(bench):
    result = await bench().do("command.run", argv=["no-such-program"])
    assert (result.ok, result.ended, result.changed) == (False, "unstartable", False)


async def test_nothing_of_the_callers_environment_is_passed_and_its_secrets_are_masked(bench, root, monkeypatch):
    monkeypatch.setenv("MY_API_TOKEN", "s3cr3t-value-of-ours")
    result = await bench().do(
        "command.run", argv=script(root, "env; echo leaked s3cr3t-value-of-ours; echo password=hunter22")
    )
    assert "MY_API_TOKEN" not in result.output and "s3cr3t-value-of-ours" not in result.output
    assert "leaked [masked]" in result.output and "password=[masked]" in result.output


async def test_the_virtual_environments_programs_come_first_on_the_path(bench, root):
    (root / ".venv/bin").mkdir(parents=True)
    script(root, "echo ours", ".venv/bin/tool")
    result = await bench().do("command.run", argv=["tool"])
    assert result.output == "ours\n"


async def test_uv_is_at_hand_for_declared_tasks(bench):
    result = await bench().do("command.run", argv=["uv", "--version"])
    assert result.ok and result.output.startswith("uv ")


async def test_the_default_rust_toolchain_is_at_hand_and_nothing_around_it(bench, root, tmp_path, monkeypatch):
    rustup = tmp_path / "rustup"
    cargo = rustup / "toolchains" / "stable-lamp" / "bin"
    cargo.mkdir(parents=True)
    script(cargo, "echo cargo runs", "cargo")
    (rustup / "settings.toml").write_text('default_toolchain = "stable-lamp"\n')
    (rustup / "credentials.toml").write_text("secret")
    monkeypatch.setenv("RUSTUP_HOME", str(rustup))
    result = await bench().do("command.run", argv=["cargo"])
    assert result.output == "cargo runs\n"
    assert not (await bench().do("command.run", argv=["cat", str(rustup / "credentials.toml")])).ok
    (rustup / "settings.toml").write_text('default_toolchain = "../../.."\n')
    assert "cargo runs" not in (await bench().do("command.run", argv=["cargo"])).output


async def test_what_go_compiled_is_kept_between_acts_in_a_go_project_alone(bench, root):
    words = ["sh", "-c", 'echo "[$GOCACHE]"; touch "$GOCACHE/compiled"']
    assert (await bench().do("command.run", argv=words)).output.startswith("[]")
    (root / "go.mod").write_text("module example.org/shop\n")
    made = bench()
    assert (await made.do("command.run", argv=words)).ok
    assert (await made.do("command.run", argv=["sh", "-c", 'test -e "$GOCACHE/compiled"'])).ok


async def test_the_usage_report_becomes_usage(bench, root):
    argv = script(root, """echo '{"minute": 1.5}' > "$INTERLOCK_USAGE" """)
    result = await bench(prices={"minute": 1_000_000}).do("command.run", argv=argv)
    assert result.usage == {"minute": 1.5}


@pytest.mark.parametrize(
    ("report", "words"),
    [
        ("nonsense", "not an object"),
        ('{"minute": -1}', "impossible amount"),
        ('{"minute": NaN}', "not an object"),
        ('{"minute": 1e300}', "costs more than $1,000,000,000.00"),
        ('{"hour": 1}', "`hour`, which has no price"),
        ("[1]", "not an object"),
    ],
)
async def test_a_report_that_can_not_be_believed_counts_as_none_and_says_so(bench, root, report, words):
    argv = script(root, f"""echo '{report}' > "$INTERLOCK_USAGE" """)
    result = await bench(prices={"minute": 1_000_000}).do("command.run", argv=argv)
    assert result.usage is None and words in result.output and result.ok


def test_a_report_that_is_a_link_or_a_pipe_is_not_followed(tmp_path):
    import os

    (tmp_path / "real").write_text('{"minute": 0}')
    (tmp_path / "link").symlink_to(tmp_path / "real")
    os.mkfifo(tmp_path / "pipe")
    assert read_report(tmp_path / "link", {"minute": 1})[0] is None
    assert read_report(tmp_path / "pipe", {"minute": 1})[0] is None
    assert read_report(tmp_path / "none", {"minute": 1}) == (None, "")


async def test_a_check_that_passes_changes_nothing(bench, root):
    check = declared_check(script(root, "echo '3 passed in 0.1s'"))
    result = await bench(checks=(check,)).do(check.act.skill, **check.act.arguments)
    assert result.ok and not result.changed


async def test_a_check_that_ran_no_test_fails_and_says_so(bench, root):
    check = declared_check(script(root, "echo 'Ran 0 tests in 0.000s'; echo OK"))
    result = await bench(checks=(check,)).do(check.act.skill, **check.act.arguments)
    assert not result.ok and result.exit_code == 0
    assert "no test ran (unittest found none), so this proves nothing" in result.output


async def test_a_declared_task_that_only_reads_changes_nothing(bench, root):
    argv = script(root, "true")
    task = Task(
        name="look",
        act=Act(skill="command.task", arguments={"name": "look", "argv": argv, "cwd": ".", "env": {}}),
        effects=Effects(),
    )
    result = await bench(tasks=(task,)).do("command.task", name="look")
    assert result.ok and not result.changed


async def test_a_hanging_command_ends_with_its_time(bench, root):
    result = await bench().do("command.run", argv=script(root, "sleep 60"), timeout=0.5)
    assert (result.ok, result.ended) == (False, "timeout")


async def test_terminal_controls_and_broken_characters_are_taken_out(bench, root):
    result = await bench().do("command.run", argv=["printf", r"\033[31mred\033[0m \377 \033]0;title\007end\n"])
    assert result.output == "red \ufffd end\n"
