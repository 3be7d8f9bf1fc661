"""The reference pages that are committed are those that the code makes."""

import importlib.util
from pathlib import Path
from typing import get_args

import pytest

from interlock.catalog import entries
from interlock.cli.app import COMMANDS, GROUPS
from interlock.core.events import AnyEvent
from interlock.core.stop_hook import RULES
from interlock.skills.toolbox import BUILT_IN

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    spec = importlib.util.spec_from_file_location("write_reference", ROOT / "scripts" / "write_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    pages: dict[str, str] = module.pages()
    return pages


def test_the_committed_reference_is_the_one_that_the_code_makes(made):
    committed = {name: (REFERENCE / name).read_text(encoding="utf-8") for name in made}
    stale = [name for name, text in made.items() if committed[name] != text]
    assert not stale, f"{', '.join(stale)}: run `make docs`, and commit what it writes"


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("commands.md", [*COMMANDS, *(f"{group} {name}" for group, (_, _, names) in GROUPS.items() for name in names)]),
        ("events.md", [event.__name__ for event in get_args(AnyEvent)]),
        ("skills.md", [skill.name for skill in BUILT_IN]),
        ("stop-hook-rules.md", [rule.name for rule in RULES]),
        ("catalogue.md", [entry.id for entry in entries()]),
    ],
)
def test_nothing_that_exists_is_missing_from_its_page(made, page, names):
    assert [name for name in names if name not in made[page]] == []


def test_every_option_says_what_it_does(made):
    rows = [line for line in made["commands.md"].splitlines() if line.startswith("| `")]
    assert [row for row in rows if row.endswith("|  |")] == []
