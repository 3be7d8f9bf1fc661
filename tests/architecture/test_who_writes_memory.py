"""Operational memory is written by what checks saw and by what people refused; agents can only read it."""

import ast
import inspect
from pathlib import Path

from interlock.agents.debugger.agent import CatalogDebugger
from interlock.core.lessons import from_refusal
from interlock.core.state import State
from interlock.ports import Memories

SOURCE = Path(__file__).parents[2] / "src" / "interlock"
MAKERS = {"core/lessons.py"}
READS = {"recall"}


def makes(path: Path, names: set[str]) -> bool:
    """Whether the module calls one of these by name."""
    calls = (node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    return any(getattr(called, "id", getattr(called, "attr", "")) in names for called in calls)


def test_only_the_module_of_lessons_makes_one() -> None:
    makers = {
        path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py") if makes(path, {"LessonLearned", "Lesson"})
    }
    assert makers == MAKERS


def test_only_a_committed_lesson_changes_a_record_of_this_store() -> None:
    writers = {path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py") if makes(path, {"learned"})}
    assert writers == {"adapters/inmemory.py", "adapters/sqlite/commit.py"}


def test_what_agents_hold_of_memory_can_only_be_read() -> None:
    assert {name for name, _ in inspect.getmembers(Memories, inspect.isfunction) if not name.startswith("_")} == READS
    assert inspect.signature(CatalogDebugger).parameters["memories"].annotation is Memories


def test_nothing_is_learned_where_nobody_was_asked() -> None:
    assert from_refusal(State(), "here") == []
