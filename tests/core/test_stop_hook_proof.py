"""The proof itself: it holds on the shipped stop hook, fails on planted faults, and a fault that survives fails it."""

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from interlock.core import stop_hook

ROOT = Path(__file__).resolve().parents[2]


def prove(asked: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "prove", asked], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.fixture
def mutants(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT))
    return importlib.import_module("prove.mutants")


def test_every_law_is_proved_on_the_code_that_ships() -> None:
    done = prove("laws")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "REFUTED" not in done.stdout
    assert done.stdout.count(" proved") == 15


@pytest.mark.parametrize(
    ("fault", "law"),
    [
        ("known_fix ignores risk", "open risk never continues"),
        ("success on stale evidence", "success is earned"),
        ("one turn too many", "max is exact"),
    ],
)
def test_a_planted_fault_is_refused_with_the_facts_that_show_it(fault: str, law: str) -> None:
    done = prove(fault)
    assert done.returncode == 1, done.stdout + done.stderr
    refused = next(line for line in done.stdout.splitlines() if line.startswith(law))
    assert "REFUTED" in refused and ", when " in refused


def test_every_planted_fault_still_finds_the_passage_that_it_changes(mutants: ModuleType) -> None:
    assert len({mutant.fault for mutant in mutants.MUTANTS}) == len(mutants.MUTANTS) >= 12
    for mutant in mutants.MUTANTS:
        assert mutants.plant(mutant, stop_hook).RULES is not stop_hook.RULES


def test_a_fault_whose_passage_is_gone_is_an_error_and_not_a_success(mutants: ModuleType) -> None:
    with pytest.raises(mutants.Outdated, match="plant the fault anew"):
        mutants.plant(mutants.Mutant("gone", "no such passage", ""), stop_hook)


def test_a_change_that_breaks_no_law_is_called_a_survivor(mutants: ModuleType) -> None:
    harmless = mutants.Mutant("harmless", "nothing forbids the next turn", "nothing stands against the next turn")
    assert mutants.refused_by(harmless) is None
