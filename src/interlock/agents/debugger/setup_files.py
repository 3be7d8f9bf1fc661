"""What setup.cfg and setup.py declare, as far as it is written out: nothing is run to learn it."""

import ast
import configparser
from collections.abc import Iterator

Line = tuple[str, str]


def of_setup_cfg(text: str) -> Iterator[Line]:
    """The requirements of `[options]`, each with the extra it belongs to, or with none."""
    content = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        content.read_string(text)
    except configparser.Error:
        return
    for section, key, extra in (("options", "install_requires", ""), ("options", "tests_require", "tests")):
        yield from ((line, extra) for line in content.get(section, key, fallback="").splitlines())
    if content.has_section("options.extras_require"):
        for extra, lines in content.items("options.extras_require"):
            yield from ((line, extra) for line in lines.splitlines())


def of_setup_py(text: str) -> Iterator[Line]:
    """The literal lists that `setup(…)` is called with, each requirement with its extra, or with none."""
    try:
        calls = [each for each in ast.walk(ast.parse(text)) if isinstance(each, ast.Call)]
    except (SyntaxError, ValueError, RecursionError):
        return
    for call in calls:
        if (call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")) != "setup":
            continue
        said = {keyword.arg: _literal(keyword.value) for keyword in call.keywords}
        extras = said.get("extras_require")
        lists = {"": said.get("install_requires"), "tests": said.get("tests_require")}
        for extra, lines in [*lists.items(), *(extras.items() if isinstance(extras, dict) else ())]:
            if isinstance(lines, list | tuple):
                yield from ((line, str(extra)) for line in lines if isinstance(line, str))


def _literal(value: ast.expr) -> object:
    try:
        return ast.literal_eval(value)
    except (ValueError, TypeError, MemoryError, RecursionError):
        return None
