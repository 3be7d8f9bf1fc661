"""Fingerprints: the same failure has the same name wherever it happens, and different failures have different ones.

Variable parts become shape tokens (`<path>`, `<int>`, `<hex>` …); what tells failures apart stays: the exception's
type, quoted words, error numbers, exit codes, a file's own name. A failing import of third-party code is named by the
modules that take part in it, since the same pair breaks in other words with every version.
"""

import hashlib
import re
import sys
from functools import lru_cache

from interlock.core.frames import call_chain, frames, import_chain
from interlock.core.remediation import Failure

VERSION = "v1"
EXTRACT = 4096

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\n]*\x07")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f]")
_MASKS = (
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"), "<time>"),
    (re.compile(r"\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b"), "<time>"),
    (re.compile(r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"), "<uuid>"),
    (re.compile(r"\b(?:https?|tcp|postgres(?:ql)?|redis|amqp)://[^\s/'\"<>]{1,200}"), "<host>"),
    (re.compile(r"\b(?:localhost|\d{1,3}(?:\.\d{1,3}){3}|\[::1?\]):\d{1,5}\b"), "<host>"),
    (re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b"), "<host>"),
    (re.compile(r"\b0x[0-9a-fA-F]+\b|\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,64}\b"), "<hex>"),
    (re.compile(r"(?<![\w<])(?:\.{0,2}/|~/)?(?:[\w.@+-]{1,120}/){1,40}(?=[\w.@+-])"), "<path>/"),
    (re.compile(r"(?<![\w<./>])/(?=[\w.@+-])"), "<path>/"),
    (re.compile(r"\b\d+(?:\.\d+){1,3}\b"), "<number>"),
    (re.compile(r"(?<!Errno )(?<!code )(?<!exit )(?<!status )(?<!HTTP )(?<!got )(?<![\w<])\d+(?![\w>])"), "<int>"),
    (re.compile(r"(?<=[\w-])\d{2,}(?=[\w.-]*\.\w+)|(?<=-)\d{1,9}\b"), "<int>"),
)
_EXCEPTION = re.compile(
    r"^(?:\w+\.){0,8}[A-Z]\w*(?:Error|Exception|Exit|Interrupt|Warning|NotFound|Failed|Timeout|Invalid)(?:: .*)?$"
)
_LEADING = re.compile(r"^\s*(?:error|fatal|npm error|npm ERR!|E:|×|panic|FAILED|ERROR|failed)\b", re.IGNORECASE)
_TELLING = re.compile(
    r"(?:error|fatal|fail|cannot|can't|could not|not found|no such|denied|refused|panic|unable|invalid|missing"
    r"|bad interpreter|in use|not one of|timed out|unexpected)",
    re.IGNORECASE,
)
_TEST_LINE = re.compile(r"^(?P<place>[^\s:]{1,300}\.py:\d+): \w")
_FAILED_TEST = re.compile(r"^(?:FAILED|ERROR) (?P<test>[^\s]{1,300})")
_TITLE = re.compile(r"^_{1,200} (?:ERROR at \w+ of |ERROR collecting )?(?P<title>[A-Za-z./][^\n]{0,300}?) _{1,200}$")
_PROVIDER = re.compile(r"cannot import name '[^']+' from '(?P<a>[\w.]+)'|module '(?P<b>[\w.]+)' has no attribute")
_MISFIT = re.compile(
    r"^TypeError: .{0,300}(?:unexpected keyword argument|required positional argument|takes .{0,40}positional argument)"
    r"|^AttributeError: (?:module|type object) '|^ImportError: cannot import name"
)
_NOTHING_TOLD = re.compile(r"^\(?exit(?:ed)?(?: code| with)? \d+\)?$|^\[?\d+\]?$")


def plain(text: str) -> str:
    """Text without colours, carriage returns and control characters."""
    kept = _ESCAPES.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub("", kept)


def normalise(line: str) -> str:
    """One line with everything that varies between two runs replaced by shape tokens."""
    line = re.sub(r"^(?:E\s+|>\s+)", "", line.strip())[:1000]
    for pattern, token in _MASKS:
        line = pattern.sub(token, line)
    return " ".join(line.split())


def blamed(text: str) -> str:
    """The top-level module that the error's own words blame, unless the interpreter brought it along; or empty."""
    found = _PROVIDER.search(telling(text))
    module = (found["a"] or found["b"] or "").split(".")[0] if found else ""
    return "" if module in sys.stdlib_module_names else module


def blames_python(text: str) -> bool:
    """Whether the error misses something in a module that the interpreter brought along."""
    found = _PROVIDER.search(telling(text))
    return found is not None and not blamed(text)


def parties(text: str) -> tuple[str, ...]:
    """The third-party modules that take part in a failing import or in a call between packages that do not fit.

    They are those it ran through, and the one that the error blames. A call counts only where the last frame is a third
    party's: what the project itself calls wrongly fails in a frame of its own.
    """
    seen = frames(text)
    if not seen:
        return ()
    said = telling(text)
    chain = import_chain(seen) or (call_chain(seen) if _MISFIT.search(said) else ())
    if not chain or "No module named" in said:
        return ()
    return tuple(dict.fromkeys((*chain, blamed(text)))) if blamed(text) else chain


def telling(text: str) -> str:
    """The one line that says best what broke."""
    lines = [line for line in text.splitlines() if line.strip()]
    return (
        _of_pytest(lines) or _of_traceback(lines) or next((line.strip() for line in lines if _LEADING.match(line)), "")
    ) or next((line.strip() for line in reversed(lines) if _TELLING.search(line)), lines[-1].strip() if lines else "")


def _of_pytest(lines: list[str]) -> str:
    said = [line[1:].strip() for line in lines if line.startswith("E  ")]
    return next((line for line in said if _EXCEPTION.match(line)), said[0] if said else "")


def _of_traceback(lines: list[str]) -> str:
    starts = [number for number, line in enumerate(lines) if line.lstrip().startswith("Traceback (most recent")]
    after = lines[starts[-1] + 1 :] if starts else []
    margin = len(lines[starts[-1]]) - len(lines[starts[-1]].lstrip()) if starts else 0
    ends = [line.strip() for line in after if len(line) - len(line.lstrip()) <= margin]
    return ends[0] if ends else next((line.strip() for line in reversed(lines) if _EXCEPTION.match(line.strip())), "")


def failing_test(text: str) -> str:
    """The test whose section tells what broke, else the first that the summary names; with its line; or empty."""
    lines = text.splitlines()
    section = _section(lines, telling(text))
    title = found["title"] if section and (found := _TITLE.match(section[0])) else ""
    failed = [found["test"] for line in lines if (found := _FAILED_TEST.match(line))]
    fitting = [test for test in failed if title in (test, test.partition("::")[2].replace("::", "."))]
    test = next(iter(fitting or failed), "")
    file, told = test.split("::")[0], section if fitting else lines
    place = next((at["place"] for line in told if (at := _TEST_LINE.match(line)) and at["place"].startswith(file)), "")
    return f"{test} ({place})" if test and place else test


def _section(lines: list[str], said: str) -> list[str]:
    """The lines of the report, from one test's title to the next, that say it; none where there are no titles."""
    at = next((number for number, line in enumerate(lines) if said and line.startswith("E  ") and said in line), 0)
    starts = [number for number, line in enumerate(lines) if _TITLE.match(line)]
    start = max((number for number in starts if number < at), default=None)
    end = min((number for number in starts if number > at), default=len(lines))
    return lines[start:end] if start is not None else []


def extract(output: str, limit: int = EXTRACT) -> str:
    """The most telling part of an output, at most `limit` bytes: the error with its traceback, the summary, the end."""
    text = re.sub(r"(?ms)^=+ warnings summary =+$.*?(?=^=+ |\Z)", "", plain(output[-400_000:]))
    if len(text.encode()) <= limit:
        return text
    lines = text.splitlines()
    said = telling(text)
    at = next((number for number in range(len(lines) - 1, -1, -1) if said and said in lines[number]), len(lines) - 1)
    at = next((number for number, line in enumerate(lines) if line.startswith("E  ") and said in line), at)
    summary = next((number for number, line in enumerate(lines) if "short test summary" in line), len(lines))
    wanted = [*range(at, max(at - 7, -1), -1), *range(at + 1, at + 4), *range(summary, summary + 8)]
    wanted += [*range(len(lines) - 1, len(lines) - 6, -1), *range(at - 7, at - 50, -1), *range(3)]
    return _chosen(lines, [number for number in wanted if 0 <= number < len(lines)], limit)


def shortened(output: str, limit: int) -> str:
    """An output in about `limit` characters: its end, and before it what tells most, which a long report buries."""
    if len(output) <= limit:
        return output
    told = extract(output)
    return f"{told}\n…\n{output[-max(limit - len(told), limit // 4) :]}"


def _chosen(lines: list[str], wanted: list[int], limit: int) -> str:
    chosen: set[int] = set()
    room = limit
    for number in dict.fromkeys(wanted):
        room -= len(lines[number][:1000].encode()) + 5
        if room < 0:
            break
        chosen.add(number)
    kept: list[str] = []
    for number in sorted(chosen):
        if number - 1 not in chosen and kept:
            kept.append("…")
        kept.append(lines[number][:1000])
    return "\n".join(kept)


def fingerprint(where: str, output: str, exit_code: int | None = None) -> tuple[str, str]:
    """(fingerprint, signature): the failure's name, stable between runs, and the line that a person reads.

    The place and the exit code count only where the output itself tells too little to tell failures apart.
    """
    return _named(where, extract(output), exit_code)


def _named(where: str, text: str, exit_code: int | None) -> tuple[str, str]:
    said, test = telling(text), failing_test(text)
    signature = f"{test}: {said}" if test and said not in test else said
    if involved := parties(text):
        how = "import" if import_chain(frames(text)) else "call"
        shape = f"{how} {' '.join(f'<{module}>' for module in involved)}"
    elif not said or _NOTHING_TOLD.match(said):
        shape = f"{where} ended with {exit_code} and said nothing"
        signature = f"{where}: exit code {exit_code}, no output" if exit_code is not None else f"{where}: no output"
    elif test and said.startswith(("assert", "AssertionError")):
        shape = f"{test.split(' (')[0]} {normalise(said)}"
    else:
        shape = normalise(said)
    digest = hashlib.sha256(f"{VERSION}\n{shape}".encode("utf-8", "replace")).hexdigest()
    return f"{VERSION}:{digest[:16]}", signature[:300]


# what still fails says the same in turn after turn
@lru_cache(maxsize=64)
def failure(where: str, output: str, exit_code: int | None = None) -> Failure:
    """What broke at `where` (`check:NAME`, `task:NAME`, `service:NAME`, `skill:NAME`), as value: extract and name."""
    text = extract(output)
    named, signature = _named(where, text, exit_code)
    return Failure(where=where, fingerprint=named, signature=signature, output=text, exit_code=exit_code)
