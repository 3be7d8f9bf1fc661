"""What keeps the code readable: small files, small functions, a docstring everywhere, no mocks, nothing left to do."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "interlock"
MODULES = sorted(SOURCE.rglob("*.py"))
WRITTEN = sorted(
    path
    for folder in ("src", "tests", "prove", "bench", "scripts")
    for path in (ROOT / folder).rglob("*.py")
    if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
)
LONGEST_FILE, LONGEST_FUNCTION = 400, 60
SAYS_NOTHING = re.compile(r"^(?:\w*manager|helpers?|utils?|process|handle_stuff)$", re.IGNORECASE)
FAMILY = "skills/process.py"  # the skills that keep a process, beside those of files and packages
Function = ast.FunctionDef | ast.AsyncFunctionDef


def tree(path: Path) -> ast.Module:
    """The module, parsed."""
    return ast.parse(path.read_text(), str(path))


def functions(path: Path) -> Iterator[Function]:
    """Every function of the module, methods and inner ones included."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, Function))


def named(path: Path) -> Iterator[Function | ast.ClassDef]:
    """Every function and class of the module."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, Function | ast.ClassDef))


def called(path: Path) -> str:
    """The module's path as people say it."""
    return str(path.relative_to(ROOT))


def lines(node: Function) -> int:
    """How many lines a function takes."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_every_file_says_first_what_it_is() -> None:
    assert [called(path) for path in WRITTEN if path.read_text().strip() and not ast.get_docstring(tree(path))] == []


def test_functions_are_small() -> None:
    sizes = {f"{called(path)}:{node.name}": lines(node) for path in MODULES for node in functions(path)}
    assert {name: size for name, size in sizes.items() if size > LONGEST_FUNCTION} == {}
    assert median(sizes.values()) <= 12


def test_modules_are_small() -> None:
    sizes = {called(path): path.read_text().count("\n") for path in MODULES}
    assert {name: size for name, size in sizes.items() if size > LONGEST_FILE} == {}
    assert median(sizes.values()) <= 150


def test_what_others_use_has_a_docstring() -> None:
    bare = [
        f"{called(path)}:{name}" for path in MODULES for name, node in public(tree(path)) if not ast.get_docstring(node)
    ]
    assert bare == []


def public(module: ast.Module) -> Iterator[tuple[str, ast.ClassDef | Function]]:
    """Public functions, classes and methods; a Protocol's methods are told by their signature and its docstring."""
    for node in module.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node.name, node
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and not is_protocol(node):
            for inner in node.body:
                if isinstance(inner, Function) and not inner.name.startswith("_"):
                    yield f"{node.name}.{inner.name}", inner


def is_protocol(node: ast.ClassDef) -> bool:
    """Whether a class is a Protocol."""
    return any(ast.unparse(base).partition("[")[0] == "Protocol" for base in node.bases)


def test_names_say_what_they_name() -> None:
    vague = [
        f"{called(path)}:{name}"
        for path in MODULES
        for name in (
            path.stem,
            *(node.name for node in ast.walk(tree(path)) if isinstance(node, Function | ast.ClassDef)),
        )
        if SAYS_NOTHING.match(name) and not called(path).endswith(FAMILY)
    ]
    assert vague == []


def test_nothing_is_mocked_and_nothing_is_left_to_do() -> None:
    unfinished = re.compile("#.*\\b(TO" + "DO|FIX" + "ME|X" + "XX|HA" + "CK)\\b")
    mocked = "unittest." + "mock"
    for path in WRITTEN:
        text = path.read_text()
        assert mocked not in text, called(path)
        assert not unfinished.search(text), called(path)


def test_no_error_is_swallowed_whole() -> None:
    found = [
        f"{called(path)}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
        and all(isinstance(line, ast.Pass) for line in node.body)
    ]
    assert found == []
