"""Real project layouts: which checks and tasks a first look assumes, and that the written file says the same."""

import shlex

import pytest

from interlock.config import Settings, init, load

TEST = "def test_a():\n    assert True\n"
CI = """name: ci
on: [push]
defaults:
  run:
    shell: bash
jobs:
  test:
    runs-on: ${{ matrix.os }}
    strategy:
      matrix:
        os: [ubuntu-latest, windows-latest]
    steps:
      - uses: actions/checkout@v4
      - name: Install
        run: |
          python -m pip install --upgrade pip
          pip install -r requirements.txt
      - run: ruff check .
      - name: Types
        run: 'mypy --strict src'  # strictly
      - run: pytest -q --maxfail=1
      - run: pytest -k ${{ matrix.os }}
      - name: Shelly
        run: |
          if [ -f x ]; then
            pytest
          fi
      - run: ./ci/test-install.sh --fast
      - run: twine upload dist/*
        if: github.ref == 'refs/heads/main'
      - run: docker push acme/app
      - shell: pwsh
        run: pytest
      - run: frobnicate --all
      - run: frobnicate --all
      - run: nox -s mypy
"""

# layout: (files, checks as `name: command [in folder]`, manual tasks)
LAYOUTS = {
    "uv library with a dependency group": (
        {
            "pyproject.toml": '[project]\nname = "lib"\ndependencies = ["httpx"]\n\n'
            '[dependency-groups]\ndev = ["pytest>=8"]\n',
            "uv.lock": "",
            "src/lib/__init__.py": "",
            "tests/test_lib.py": TEST,
        },
        ["pytest: .venv/bin/python -m pytest -q"],
        ["install: uv sync"],
    ),
    "poetry application with its environment there": (
        {
            "pyproject.toml": '[tool.poetry]\nname = "app"\n[tool.poetry.group.dev.dependencies]\npytest = "^8"\n',
            "poetry.lock": "",
            ".venv/bin/python*": "",
            "tests/unit/test_app.py": TEST,
        },
        ["pytest: .venv/bin/python -m pytest -q"],
        ["install: poetry install"],
    ),
    "hatch project with an extra": (
        {
            "pyproject.toml": '[build-system]\nbuild-backend = "hatchling.build"\n[project]\nname = "h"\n'
            '[project.optional-dependencies]\ntest = ["pytest-cov"]\n',
            "tests/test_h.py": TEST,
        },
        ["pytest: .venv/bin/python -m pytest -q"],
        ["install: sh -c 'uv venv --allow-existing .venv && uv pip install --python .venv/bin/python -e .'"],
    ),
    "pdm project": (
        {
            "pyproject.toml": '[project]\nname = "p"\n[tool.pdm.dev-dependencies]\ntest = ["pytest"]\n',
            "pdm.lock": "",
        },
        ["pytest: .venv/bin/python -m pytest -q"],
        ["install: pdm install"],
    ),
    "flask app by requirements, with alembic and containers": (
        {
            "requirements.txt": "flask\n",
            "requirements-dev.txt": "-r requirements.txt\npytest==8.1\n",
            "alembic.ini": "[alembic]\n",
            "docker-compose.yml": "services: {}\n",
            "venv/bin/python*": "",
            "tests/test_app.py": TEST,
        },
        ["pytest: venv/bin/python -m pytest -q"],
        [
            "install: uv pip install --python venv/bin/python -r requirements.txt -r requirements-dev.txt",
            "migrate: venv/bin/python -m alembic upgrade head",
        ],
    ),
    "old setup.cfg and setup.py": (
        {
            "setup.cfg": "[metadata]\nname = old\n[tool:pytest]\ntestpaths = t\n",
            "setup.py": "from setuptools import setup\n",
        },
        ["pytest: .venv/bin/python -m pytest -q"],
        ["install: sh -c 'uv venv --allow-existing .venv && uv pip install --python .venv/bin/python -e .'"],
    ),
    "tests of the standard library": (
        {"calc.py": "", "tests/test_calc.py": "import unittest\n\n\nclass T(unittest.TestCase):\n    pass\n"},
        ["unittest: python3 -m unittest discover -s tests"],
        [],
    ),
    "django site": (
        {
            "manage.py": "#!/usr/bin/env python\n",
            "requirements.txt": "django\n",
            ".venv/bin/python*": "",
            "shop/migrations/__init__.py": "",
            "shop/tests.py": "from django.test import TestCase\n",
        },
        ["django-test: .venv/bin/python manage.py test"],
        [
            "install: uv pip install --python .venv/bin/python -r requirements.txt",
            "migrate: .venv/bin/python manage.py migrate --no-input",
        ],
    ),
    "tox alone": ({"tox.ini": "[tox]\nenvlist = py\n", "setup.py": ""}, ["tox: tox"], None),
    "nox alone": ({"noxfile.py": "import nox\n"}, ["nox: nox"], []),
    "npm application": (
        {
            "package.json": '{"scripts": {"test": "jest", "lint": "eslint .", "build": "tsc", "start": "node ."}}',
            "package-lock.json": "{}",
        },
        ["npm-test: npm test --silent"],
        ["npm-lint: npm run lint", "npm-build: npm run build", "install-node: npm ci"],
    ),
    "react with yarn": (
        {"package.json": '{"scripts": {"test": "react-scripts test"}}', "yarn.lock": ""},
        ["yarn-test: CI=true yarn test"],
        ["install-node: yarn install --frozen-lockfile"],
    ),
    "a test script that watches, beside one that ends": (
        {"package.json": '{"scripts": {"test": "vitest --watch", "test:ci": "vitest run"}}', "pnpm-lock.yaml": ""},
        ["pnpm-test: pnpm run test:ci"],
        ["install-node: pnpm install --frozen-lockfile"],
    ),
    "pnpm monorepo whose root speaks for all": (
        {
            "package.json": '{"packageManager": "pnpm@9.1.0", "scripts": {"test": "turbo run test"}}',
            "pnpm-workspace.yaml": "packages: ['packages/*']\n",
            "packages/a/package.json": '{"scripts": {"test": "vitest run"}}',
            "packages/b/package.json": '{"scripts": {"test": "vitest run"}}',
        },
        ["pnpm-test: pnpm test"],
        [],
    ),
    "npm workspaces whose root has no tests": (
        {
            "package.json": '{"workspaces": ["packages/*"]}',
            "packages/a/package.json": '{"scripts": {"test": "mocha"}}',
            "packages/b/package.json": '{"scripts": {"build": "tsc"}}',
        },
        ["packages-a-npm-test: npm test --silent in packages/a"],
        ["packages-b-npm-build: npm run build in packages/b"],
    ),
    "go module with a Makefile that runs the same": (
        {
            "go.mod": "module x\n",
            "x_test.go": "",
            "Makefile": "build:\n\tgo build\n\ntest: unit\n\t@true\nunit:\n\tgo test ./...\n",
        },
        ["go-test: go test ./..."],
        ["make-build: make build"],
    ),
    "cargo workspace": (
        {"Cargo.toml": '[workspace]\nmembers = ["a"]\n', "a/Cargo.toml": "[package]\n"},
        ["cargo-test: cargo test --quiet --workspace"],
        [],
    ),
    "a C project with make": (
        {"Makefile": "CC := cc\nall: app\ncheck: all\n\t./run\n"},
        ["make-test: make check"],
        [],
    ),
    "a justfile": (
        {"justfile": "lint:\n  shellcheck x\n\ntest arg='':\n  ./t {{arg}}\n"},
        ["just-test: just test"],
        ["just-lint: just lint"],
    ),
    "monorepo of Python, Node and Go": (
        {
            "README.md": "",
            "services/api/pyproject.toml": '[project]\nname = "api"\n[tool.pytest.ini_options]\n',
            "services/api/.venv/bin/python*": "",
            "services/api/tests/test_api.py": TEST,
            "services/worker/requirements.txt": "rq\n",
            "services/worker/setup.py": "",
            "services/worker/tests/test_w.py": TEST,
            "web/package.json": '{"scripts": {"test": "vitest run"}}',
            "tools/cli/go.mod": "module cli\n",
            "docs/package.json": '{"scripts": {"test": "docs"}}',
            "web/node_modules/dep/package.json": '{"scripts": {"test": "dep"}}',
            "services/api/tests/fixtures/app/package.json": '{"scripts": {"test": "fixture"}}',
        },
        [
            "web-npm-test: npm test --silent in web",
            "services-api-pytest: .venv/bin/python -m pytest -q in services/api",
            "services-worker-pytest: ../../.venv/bin/python -m pytest -q in services/worker",
            "tools-cli-go-test: go test ./... in tools/cli",
        ],
        None,
    ),
    "a workflow beside pytest": (
        {
            "requirements.txt": "pytest\n",
            ".venv/bin/python*": "",
            "tests/test_a.py": TEST,
            ".github/workflows/ci.yml": CI,
            "ci/test-install.sh*": "",
        },
        [
            "pytest: .venv/bin/python -m pytest -q",
            "ci-test-install: ./ci/test-install.sh --fast",
        ],
        [
            "install: uv pip install --python .venv/bin/python -r requirements.txt",
            "ci-ruff: ruff check .",
            "ci-mypy: mypy --strict src",
            "ci-nox-mypy: nox -s mypy",
        ],
    ),
    "a workflow that alone says how to test": (
        {
            "app/code.py": "",
            ".github/workflows/test.yaml": "jobs:\n  a:\n    defaults:\n      run:\n        working-directory: app\n"
            "    steps:\n    - name: t\n      run: >-\n        python -m pytest\n        -m fast\n    # afterwards\n"
            '  b:\n    steps:\n    - run: "make test"\n      working-directory: ./app\n    - {run: pytest}\n',
        },
        ["app-ci-pytest: ../.venv/bin/python -m pytest -m fast in app", "app-ci-make-test: make test in app"],
        [],
    ),
}


def said(each) -> str:
    arguments = each.act.arguments
    env = "".join(f"{key}={value} " for key, value in arguments["env"].items() if key != "PYTHONPATH")
    where = "" if arguments["cwd"] == "." else f" in {arguments['cwd']}"
    return f"{each.name}: {env}{shlex.join(arguments['argv'])}{where}"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_is_recognised(tree, layout):
    files, checks, tasks = LAYOUTS[layout]
    workspace, _ = load(tree(files), Settings())
    assert [said(check) for check in workspace.checks] == checks
    assert tasks is None or [said(task) for task in workspace.tasks] == tasks
    assert all(task.when == "manual" for task in workspace.tasks)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_written_file_declares_what_was_assumed(tree, layout):
    root = tree(LAYOUTS[layout][0])
    assumed, _ = load(root, Settings())
    (root / "interlock.toml").write_text(init(root))
    declared, _ = load(root, Settings())
    for kind in ("checks", "tasks"):
        for before, after in zip(getattr(assumed, kind), getattr(declared, kind), strict=True):
            assert (before.name, before.act) == (after.name, after.act)
    assert [each.files for each in declared.checks] == [each.files for each in assumed.checks]
    assert [each.kind for each in declared.checks] == [each.kind for each in assumed.checks]
    assert declared.tasks == assumed.tasks


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_guess_names_a_file_that_is_there(tree, layout):
    root = tree(LAYOUTS[layout][0])
    guesses = [line.partition("# a guess, from ")[2] for line in init(root).splitlines() if "# a guess, from" in line]
    assert guesses and all((root / source.partition(":")[0]).exists() for source in guesses)


def test_what_a_workflow_holds_besides_is_named_with_its_line_and_the_reason(tree):
    files, _, _ = LAYOUTS["a workflow beside pytest"]
    out = [line for line in init(tree(files)).splitlines() if line.startswith("#   .github")]
    assert [line.removeprefix("#   .github/workflows/ci.yml:") for line in out] == [
        "16: `python -m pip install --upgrade pip` prepares the machine it runs on",
        "17: `pip install -r requirements.txt` prepares the machine it runs on",
        "21: `pytest -q --maxfail=1` runs the tests with pytest, a check already",
        "22: a step holds `${{ }}`",
        "24: a step needs a shell: `if [ -f x ]; then`",
        "29: a step runs under a condition only",
        "31: `docker push acme/app` reaches beyond this folder",
        "33: a step runs in `pwsh`",
        "34: `frobnicate --all`: unknown what it does",
    ]


def test_a_migration_may_destroy_and_installing_uses_the_network(tree):
    files, _, _ = LAYOUTS["django site"]
    workspace, _ = load(tree(files), Settings())
    install, migrate = workspace.tasks
    assert install.effects.network and not install.effects.destructive
    assert migrate.effects.destructive and not migrate.effects.reversible


def test_what_was_assumed_and_left_out_is_said(tree):
    files, _, _ = LAYOUTS["flask app by requirements, with alembic and containers"]
    workspace, _ = load(tree(files), Settings())
    assert workspace.assumptions == (
        "no interlock.toml: assumed `venv/bin/python -m pytest -q` from requirements-dev.txt:2",
        "tasks, only as remedies: `install` (requirements.txt:1), `migrate` (alembic.ini)",
        "left out: docker-compose.yml describes containers; they are not started here",
    )


def test_a_workflow_that_runs_the_tests_through_tox_adds_no_second_check(tree):
    steps = "jobs:\n  t:\n    steps:\n    - run: tox -e py\n    - run: tox -e lint\n"
    files = {"pyproject.toml": "[tool.pytest.ini_options]\n", "tests/test_a.py": "", ".github/workflows/ci.yml": steps}
    root = tree(files)
    assert [check.name for check in load(root, Settings())[0].checks] == ["pytest"]
    assert "ci.yml:4: `tox -e py` runs the tests once more" in init(root)


def test_tests_inside_of_a_package_are_protected_too(tree):
    files = {"pyproject.toml": "[tool.pytest.ini_options]\n", "shop/__init__.py": "", "shop/tests/test_a.py": ""}
    (check,) = load(tree(files), Settings())[0].checks
    assert check.files == ("shop/tests/**/*",)
