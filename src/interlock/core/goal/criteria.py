"""Criteria: checks, commands, addresses and files that say when the work is done."""

import re
from typing import NamedTuple

from interlock.core.goal.spelling import bag
from interlock.core.goal.tokens import Line

_TOOLS = bag(
    """
    make pytest npm npx yarn pnpm ruff mypy flake8 black tox nox just cargo go gradle mvn maven docker kubectl helm
    terraform alembic python python3 node deno bun rake bundle rspec phpunit composer dotnet swift bazel ctest cmake
    ninja eslint jest vitest playwright cypress tsc pylint pyright uv poetry pre-commit bash sh curl behave
    """
)
_ADJECTIVES = bag(
    """
    all every each our its my your existing automated whole entire full both remaining failing
    """
)
_NAMED = bag(
    """
    smoke acceptance integration e2e end-to-end lint linting typecheck types regression health contract
    """
)
_NO_CHECK = bag("ci pipeline pipelines github gitlab jenkins workflow workflows production prod")

_END = (
    r"(?= ?$| ?[,.()] | (?:and|but|or|then|ask|ping|never|dont|stop|max|at|no|in|using|under|with|within|cap|budget|"
    r"while|unless|for|keep|please|otherwise|whichever|both|again) )"
)
_GOES_WELL = (
    r"(?: (?:must|should|have|has|need|needs|"
    r"both|all|finally|cleanly|again|actually|do|does|is|are|goes|go|turns|turn|comes|come|"
    r"back|runs|run|stays|has|have|been|"
    r"exits|exit|returns|return|with|code|status|locally|to|be|reports|report|gives|says|either|fully|"
    r"completely|will|can|now|get|gets))*"
    r" (?:pass|passes|passed|passing|green|succeeds|succeed|succeeded|successful|successfully|clean|cleanly|n0|zero|ok)"
    r"(?: (?:again|cleanly|locally|without errors|without failures|too|both))*"
)
_PASSES = re.compile(_GOES_WELL + _END)
_UP = re.compile(
    r"(?: (?:is|comes|to|again|back|both|finally|does|starts|a|an|the|goes|with|status|code|http|"
    r"gives|returns|return|back|us|be|it))*"
    r" (?:answers?|answering|responds?|responding|up|reachable|live|loads?|healthy|n200|works|"
    r"available|ok)(?: (?:again|n200|ok|with|a|status|properly))*" + _END
)
_EXISTS = re.compile(
    r" (?:exists?|is there|appears?|shows up|is present|(?:has been|is|gets|was) (?:created|built|"
    r"written|generated|produced))(?: again)?" + _END
)
_TESTS = re.compile(r"(?:tests?|test suite|suite|test suites|specs?|checks?|everything|it all|all)(?= )")
_PASSES_TESTS = re.compile(
    r"(?:it|this|that|they|everything|you|we|(?:the|our|my) (?:\w+ ){1,3}?)(?: ?(?:can|finally|again|really|fully))* ?"
    r"(?:pass|passes|passing|satisfies) (?:all |the |its |every |our |each |of |NUM |unit |"
    r"my )*(?:tests?|test suite|checks?|suite)(?: again)?" + _END
)
_ALL_GREEN = re.compile(
    r"(?:all(?: is)? (?:green|clear)|everything (?:passes|pass|is green|is passing|goes green|"
    r"succeeds|turns green|is ok)|it (?:passes|is green|goes green|all passes)|its green|"
    r"its all green|they (?:all |both )?(?:pass|are green|are passing|go green|succeed)|"
    r"(?:no|none of the|not a single) (?:tests? (?:fails?|is failing|are failing)|failing tests?|"
    r"failures?)(?: left| any more| remain)?|there are no (?:more )?failing tests(?: left)?|"
    r"nothing fails|"
    r"(?:the |our |my )?(?!ci |pipeline |prod |production |github )(?:(?!ci |pipeline |prod |"
    r"production |github )[a-z-]+ ){1,3}?(?:is|goes|turns|comes|are) (?:back )?green|(?:the |"
    r"our )?(?:deploy|deployment|build) (?:passes|succeeds|is passing)"
    r"|(?:the |our )(?:[a-z-]+ ){0,2}(?:deploy|deployment|build) green)(?: again)?" + _END
)


class Criteria(NamedTuple):
    """The criteria named, and the token after them."""

    until: tuple[str, ...]
    end: int


def criteria(line: Line, at: int) -> Criteria | None:
    """The success criteria that begin at token `at`, joined by `and`; None when they name no check."""
    for whole in (_ALL_GREEN, _PASSES_TESTS):
        if (end := line.match(whole, at)) is not None:
            more = _joined(line, end)
            return Criteria(("tests", *more.until), more.end) if more else Criteria(("tests",), end)
    return _subjects(line, at)


def _joined(line: Line, at: int) -> Criteria | None:
    start = at + 1 if at < len(line) and line.tokens[at].canon == "," else at
    if start < len(line) and line.tokens[start].canon == "and":
        again = 1 if start + 1 < len(line) and line.tokens[start + 1].canon in ("until", "that") else 0
        return criteria(line, start + 1 + again)
    return None


def _subjects(line: Line, at: int) -> Criteria | None:
    """`A, B and C pass`: subjects wait for the verb that says what they must do."""
    waiting: list[tuple[str, int, int]] = []
    while at < len(line):
        subject = _subject(line, at)
        if subject is None:
            return None
        waiting.append(subject)
        at = subject[2]
        if done := _verb(line, waiting, at):
            more = _joined(line, done.end)
            return Criteria(done.until + more.until, more.end) if more else done
        if at < len(line) and line.tokens[at].canon == "," and at + 1 < len(line):
            at += 1
        if at >= len(line) or (line.tokens[at].canon not in ("and", ",") and line.tokens[at - 1].canon != ","):
            return None
        at += line.tokens[at].canon == "and"
    return None


def _verb(line: Line, waiting: list[tuple[str, int, int]], at: int) -> Criteria | None:
    """Find what the subjects must do, and name each accordingly."""
    for pattern, kinds in ((_PASSES, "tests check command path"), (_UP, "url"), (_EXISTS, "path")):
        end = _match_after(line, pattern, at)
        if end is not None and all(kind in kinds.split() for kind, _, _ in waiting):
            named = tuple(_name(line, subject, "file" if pattern is _EXISTS else "command") for subject in waiting)
            return Criteria(tuple(dict.fromkeys(named)), end)
    return None


def _match_after(line: Line, pattern: re.Pattern[str], at: int) -> int | None:
    """Match a pattern that begins with the blank before token `at`."""
    if not 0 < at < len(line):
        return None
    before = line.text[: line.starts[at] - 1]
    found = pattern.match(line.text, len(before))
    return line.at(found.end()) if found else None


def _name(line: Line, subject: tuple[str, int, int], path_as: str) -> str:
    kind, start, end = subject
    said = line.said(start, end)
    if kind == "tests":
        return "tests"
    if kind == "check":
        return f"check:{line.tokens[start].canon}"
    if kind == "path":
        return f"{path_as}:{said}"
    return f"url:{said}" if kind == "url" else f"command:{said.strip('`').strip()}"


def _subject(line: Line, at: int) -> tuple[str, int, int] | None:
    """One thing that can be checked: kind, first token, token after it."""
    start = at
    while start < len(line) and line.tokens[start].canon in (
        "the",
        "a",
        "both",
        "file",
        "command",
        "script",
        "running",
        "that",
        "url",
        "page",
    ):
        start += 1
    if start >= len(line):
        return None
    canon = line.tokens[start].canon
    if canon == "CMD":
        return "command", start, start + 1
    if canon == "URL":
        return "url", start, start + 1
    if canon == "PATH" or canon in _TOOLS:
        return _command(line, start)
    return _test_subject(line, start)


def _command(line: Line, start: int) -> tuple[str, int, int] | None:
    """A bare command runs up to the verb that says it passes."""
    end = start + 1
    while end < min(len(line), start + 9):
        if (
            _match_after(line, _PASSES, end)
            or _match_after(line, _EXISTS, end)
            or line.tokens[end].canon in ("and", ",", "(", ")")
        ):
            break
        if (
            line.tokens[end].canon in ("USD", "DUR", "TRY", "BAD", "until", "or", "but", ".")
            and line.said(end, end + 1) != "."
        ):
            return None
        end += 1
    return ("path" if line.tokens[start].canon == "PATH" and end == start + 1 else "command"), start, end


def _test_subject(line: Line, at: int) -> tuple[str, int, int] | None:
    """`all 42 tests`, `the unit tests`, `the smoke test`, `lint`."""
    start = at
    while start < len(line) and line.tokens[start].canon in _ADJECTIVES | {"of", "the", "NUM", "unit"}:
        start += 1
    if start >= len(line):
        return ("tests", at, start) if start > at else None
    if (end := line.match(_TESTS, start)) is not None:
        return "tests", start, end
    if start > at and line.tokens[start - 1].canon == "all":
        return "tests", at, start
    word = line.tokens[start].canon
    follows = line.tokens[start + 1].canon if start + 1 < len(line) else ""
    if (
        re.fullmatch(r"[a-z][\w-]*", word)
        and word not in _NO_CHECK
        and follows in ("test", "tests", "check", "checks", "suite")
    ):
        return "check", start, start + 2
    return ("check", start, start + 1) if word in _NAMED else None


def listed_commands(line: Line, start: int, end: int) -> tuple[str, ...]:
    """The commands that a parenthesis holds, such as `(ruff check . and pytest)`; none when it holds anything else."""
    found, at = [], start
    while at < end:
        stop = next((i for i in range(at, end) if line.tokens[i].canon in ("and", ",", "&")), end)
        if stop == at or not (line.tokens[at].canon in _TOOLS | {"CMD"} or line.tokens[at].canon == "PATH"):
            return ()
        found.append(f"command:{line.said(at, stop).strip('`').strip()}")
        at = stop + 1
        while at < end and line.tokens[at].canon in ("and", ","):
            at += 1
    return tuple(found)
