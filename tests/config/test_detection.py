"""A folder without the file: what is assumed, from which line, and how it is written down."""

import tomllib
from pathlib import Path

import pytest

from interlock.config import ProjectFileError, Settings, detection_python, init, load


@pytest.mark.parametrize(
    ("files", "argv", "source"),
    [
        (
            {"pyproject.toml": "[project]\nname='a'\n[tool.pytest.ini_options]\n"},
            ".venv/bin/python -m pytest -q",
            "pyproject.toml:3",
        ),
        ({"setup.cfg": "[tool:pytest]\n"}, ".venv/bin/python -m pytest -q", "setup.cfg:1"),
        ({"requirements.txt": "flask\npytest==8\n"}, ".venv/bin/python -m pytest -q", "requirements.txt:2"),
        ({"tests/test_a.py": ""}, ".venv/bin/python -m pytest -q", "tests/test_a.py"),
        ({"package.json": '{\n"scripts": {\n"test": "jest"}}'}, "npm test --silent", "package.json:3"),
        ({"go.mod": "module a\n"}, "go test ./...", "go.mod:1"),
        ({"Cargo.toml": "[package]\n"}, "cargo test --quiet", "Cargo.toml:1"),
        ({"Makefile": "all:\n\ntest: all\n"}, "make test", "Makefile:3"),
        ({"check.sh*": "#!/bin/sh\n"}, "./check.sh", "check.sh"),
    ],
)
def test_a_way_of_testing_is_recognised_and_said(tmp_path: Path, files, argv, source):
    for name, text in files.items():
        path = tmp_path / name.removesuffix("*")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755 if name.endswith("*") else 0o644)
    workspace, _ = load(tmp_path, Settings())
    (check,) = workspace.checks
    assert (" ".join(check.act.arguments["argv"]), check.source) == (argv, source)
    assert workspace.assumptions[0].startswith(f"no interlock.toml: assumed `{argv}` from {source}")


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"package.json": "{broken"},
        {"package.json": '{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}'},
        {"package.json": "[]"},
        {"Makefile": "test := x\ncontest:\n"},
        {"check.sh": "not executable"},
        {"pyproject.toml": "[project]\nname='a'\n"},
    ],
)
def test_what_is_no_way_of_testing_is_not_taken_for_one(tmp_path, files):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    workspace, _ = load(tmp_path, Settings())
    assert workspace.checks == ()
    assert workspace.assumptions[0] == "no interlock.toml, and nothing here that looks like a test"


def test_the_environments_own_interpreter_is_used_and_the_tests_are_protected(tmp_path):
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").write_text("")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_a.py").write_text("")
    (check,) = load(tmp_path, Settings())[0].checks
    assert check.act.arguments["argv"][0] == ".venv/bin/python" and check.files == ("tests/**/*",)
    assert [path.name for pattern in check.files for path in tmp_path.glob(pattern)] == ["test_a.py"]


def test_a_python_that_holds_all_that_is_declared_is_used_as_it_is(tmp_path, monkeypatch):
    python = tmp_path / "usr/bin/python3"
    python.parent.mkdir(parents=True)
    python.touch(mode=0o755)
    monkeypatch.setattr(detection_python, "SYSTEM", (str(python),))
    packages = tmp_path / "usr/lib/python3/dist-packages"
    (packages / "pytest-8.0.dist-info").mkdir(parents=True)
    project = tmp_path / "project"
    project.mkdir()
    (project / "test_a.py").touch()
    assert load(project, Settings())[0].checks[0].act.arguments["argv"][0] == "python3"
    (project / "requirements.txt").write_text("Ruamel.YAML>=0.18\n")
    assert load(project, Settings())[0].checks[0].act.arguments["argv"][0] == ".venv/bin/python"
    (packages / "ruamel.yaml-0.18.6.dist-info").mkdir()
    assert load(project, Settings())[0].checks[0].act.arguments["argv"][0] == "python3"


def test_an_environment_that_is_to_be_made_is_said_and_finds_the_project_s_own_code(tmp_path):
    (tmp_path / "src/shop").mkdir(parents=True)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_a.py").touch()
    workspace, _ = load(tmp_path, Settings())
    assert workspace.checks[0].act.arguments["env"] == {"PYTHONPATH": "src"}
    assert "a session makes it from what is declared" in workspace.assumptions[0]
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").touch()
    assert load(tmp_path, Settings())[0].checks[0].act.arguments["env"] == {}


def test_a_check_script_is_protected(tmp_path):
    (tmp_path / "check.sh").write_text("#!/bin/sh\n")
    (tmp_path / "check.sh").chmod(0o755)
    (check,) = load(tmp_path, Settings())[0].checks
    assert check.files == ("check.sh",)


def test_what_init_writes_declares_what_was_assumed(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    (tmp_path / "check.sh").write_text("#!/bin/sh\n")
    (tmp_path / "check.sh").chmod(0o755)
    assumed, _ = load(tmp_path, Settings())
    text = init(tmp_path)
    assert "# a guess, from pyproject.toml:1" in text
    (tmp_path / "interlock.toml").write_text(text)
    declared, limits = load(tmp_path, Settings())
    assert [check.act for check in declared.checks] == [check.act for check in assumed.checks]
    assert [check.files for check in declared.checks] == [check.files for check in assumed.checks]
    assert limits.cap == 2 * limits.ask_line
    with pytest.raises(ProjectFileError, match="is there already"):
        init(tmp_path)


def test_init_writes_a_valid_file_for_an_empty_folder_too(tmp_path):
    folder = tmp_path / 'odd "name'
    folder.mkdir()
    assert tomllib.loads(init(folder))["workspace"]["name"] == 'odd "name'
