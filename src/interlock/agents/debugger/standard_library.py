"""What a standard library offers, read from its files without starting the interpreter that it belongs to."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from interlock.core.fingerprint import telling

_GONE = re.compile(
    r"cannot import name '(?P<name>\w+)' from '(?P<of>[\w.]+)'"
    r"|module '(?P<module>[\w.]+)' has no attribute '(?P<it>\w+)'"
    r"|No module named '(?P<missing>[\w.]+)'"
)
_DEEP = 3


def gone(text: str) -> tuple[str, str] | None:
    """The module, and the name in it (empty for the module itself), that the error's own line misses."""
    found = _GONE.search(telling(text))
    if found is None:
        return None
    return found["of"] or found["module"] or found["missing"], found["name"] or found["it"] or ""


def offers(library: str, module: str, name: str) -> bool:
    """Whether that library has the module, and the name in it; what is compiled can't be read, and does not count."""
    file = _file(Path(library), module)
    if file is None:
        return False
    return not name or name in set(_names(file, Path(library), _DEEP)) or _file(file.parent, name) is not None


def _file(folder: Path, module: str) -> Path | None:
    base = folder.joinpath(*module.split("."))
    return next((each for each in (base / "__init__.py", base.with_suffix(".py")) if each.is_file()), None)


def _names(file: Path, library: Path, deep: int) -> Iterator[str]:
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return
    for statement in _at_top(tree.body):
        match statement:
            case ast.FunctionDef(name="__getattr__"):
                yield from _listed(library, statement)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.ImportFrom(names=[ast.alias(name="*")], module=source, level=level) if deep:
                inner = _file(file.parent if level else library, source or "")
                yield from _names(inner, library, deep - 1) if inner else ()
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                yield from (each.asname or each.name.split(".")[0] for each in names)
            case ast.Assign() | ast.AnnAssign():
                yield from (each.id for each in ast.walk(statement) if isinstance(each, ast.Name))


def _at_top(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run when the module is imported."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.If | ast.Try | ast.With):
            handlers = statement.handlers if isinstance(statement, ast.Try) else []
            yield from _at_top([*statement.body, *(each for handler in handlers for each in handler.body)])
            yield from _at_top(getattr(statement, "orelse", []))


def _listed(library: Path, function: ast.FunctionDef) -> Iterator[str]:
    """The names that a module hands on when asked: those of the module whose `__all__` its `__getattr__` looks into."""
    for each in ast.walk(function):
        if isinstance(each, ast.Attribute) and each.attr == "__all__" and isinstance(each.value, ast.Name):
            listing = _file(library, each.value.id)
            yield from _names(listing, library, 0) if listing else ()
