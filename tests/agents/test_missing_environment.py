"""A project whose virtual environment is not there: it is made from what is declared, with what the checks run."""

from msgspec.structs import replace

from interlock.core.plan import Act, Check

GONE = ".venv/bin/python: no such file or directory\n"


def checked_by(bench, *argv: str) -> None:
    act = Act(skill="command.run", arguments={"argv": list(argv), "cwd": ".", "env": {}, "check": "pytest"})
    bench.workspace = replace(bench.workspace, checks=(Check(name="pytest", act=act),))


async def installed(bench):
    diagnosis = await bench.diagnose(GONE, "check:pytest")
    return [each.act.arguments for each in diagnosis.candidates]


async def test_requirements_and_the_program_that_the_check_runs_are_installed(bench):
    checked_by(bench, ".venv/bin/python", "-m", "pytest", "-q")
    bench.write("requirements.txt", "toolz==0.12\n")
    (arguments,) = await installed(bench)
    assert arguments == {"requirements": ["requirements.txt"], "packages": ["pytest"], "venv": ".venv"}


async def test_what_pyproject_declares_is_installed_by_name_but_for_what_comes_from_an_address(bench):
    checked_by(bench, ".venv/bin/python", "-m", "pytest", "-q")
    bench.write(
        "pyproject.toml",
        '[project]\ndependencies = ["toolz>=0.12", "own @ https://example.org/own.zip"]\n'
        '[dependency-groups]\ndev = ["pytest>=8"]\n',
    )
    (arguments,) = await installed(bench)
    assert arguments == {"packages": ["toolz>=0.12", "pytest>=8"], "venv": ".venv"}


async def test_a_program_that_nobody_knows_is_not_installed_on_a_checks_word(bench):
    checked_by(bench, ".venv/bin/python", "-m", "surprising_tool")
    assert await installed(bench) == []


async def test_an_environment_that_runs_is_left_alone(bench):
    checked_by(bench, ".venv/bin/python", "-m", "pytest", "-q")
    bench.write(".venv/bin/python", "")
    assert await installed(bench) == []
