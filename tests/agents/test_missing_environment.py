"""A project whose virtual environment is not there: it is made from what is declared, with what the checks run."""

import pytest
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


SETUP_PY = """
from setuptools import setup
import sys
setup(name="shop", install_requires=["toolz>=0.12", 'old; python_version < "3"'], tests_require=["hypothesis"],
      extras_require={"docs": ["sphinx"], "fast": ["numba"]}, version=open("VERSION").read())
"""
SETUP_CFG = (
    "[options]\ninstall_requires =\n    toolz>=0.12\n[options.extras_require]\ntests =\n    hypothesis\ndocs = sphinx\n"
)


async def test_what_is_declared_for_something_else_than_testing_is_left_out(bench):
    checked_by(bench, ".venv/bin/python", "-m", "pytest", "-q")
    bench.write(
        "pyproject.toml",
        '[project]\ndependencies = ["toolz"]\n'
        '[project.optional-dependencies]\nfast = ["numba"]\ntests = ["hypothesis"]\ndev = ["sphinx"]\n',
    )
    (arguments,) = await installed(bench)
    assert arguments == {"packages": ["toolz", "hypothesis", "pytest"], "venv": ".venv"}


@pytest.mark.parametrize(("file", "text"), [("setup.py", SETUP_PY), ("setup.cfg", SETUP_CFG)])
async def test_what_setup_files_write_out_is_installed_without_running_them(bench, file, text):
    checked_by(bench, ".venv/bin/python", "-m", "pytest", "-q")
    bench.write(file, text)
    (arguments,) = await installed(bench)
    assert arguments == {"packages": ["toolz>=0.12", "hypothesis", "pytest"], "venv": ".venv"}


async def test_of_a_folder_of_requirements_those_for_the_tests_are_taken_beside_the_projects_own(bench):
    checked_by(bench, ".venv/bin/python", "-m", "pytest", "-q")
    bench.write("setup.py", SETUP_PY)
    for name in ("docs", "dev", "tests", "tests-oldest"):
        bench.write(f"requirements/{name}.txt", f"only-{name}\n")
    (arguments,) = await installed(bench)
    assert arguments["requirements"] == ["requirements/tests.txt"]
    assert arguments["packages"] == ["toolz>=0.12", "hypothesis", "pytest"]


async def test_a_requirements_file_at_the_root_speaks_for_the_project(bench):
    checked_by(bench, ".venv/bin/python", "-m", "pytest", "-q")
    bench.write("requirements.txt", "toolz==0.12\n")
    bench.write("requirements-dev.txt", "pytest==8.0\n")
    bench.write("requirements-docs.txt", "sphinx\n")
    bench.write("setup.py", SETUP_PY)
    (arguments,) = await installed(bench)
    assert arguments == {"requirements": ["requirements.txt", "requirements-dev.txt"], "venv": ".venv"}


@pytest.mark.parametrize("file", ["setup.py", "setup.cfg", "pyproject.toml"])
@pytest.mark.parametrize("text", ["project = 5\n", "setup(install_requires=wanted)", "((((", "[options\n", "\0"])
async def test_junk_in_a_declaration_declares_nothing(bench, file, text):
    checked_by(bench, ".venv/bin/python", "-m", "pytest", "-q")
    bench.write(file, text)
    assert await installed(bench) == [{"packages": ["pytest"], "venv": ".venv"}]
