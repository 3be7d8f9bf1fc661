"""Whether an output proves anything: success of no tests is no success, and what never reached its index no failure."""

import re

_NOTHING_RAN: tuple[tuple[str, str], ...] = (
    ("pytest", r"^=* ?no tests ran\b"),
    ("pytest", r"^collected 0 items(?! / \d+ error)"),
    ("unittest", r"^Ran 0 tests in "),
    ("go test", r"^no test files\b|\[no test files\]$|^testing: warning: no tests to run"),
    ("cargo test", r"^running 0 tests$"),
    ("mocha", r"^[ \t]*0 passing\b"),
    ("jest", r"^No tests found, exiting with code 0"),
    ("vitest", r"^No test files found, exiting with code 0"),
    ("node --test", r"^(?:# |ℹ )tests 0$"),
    ("tap", r"^1\.\.0\b"),
    ("make", r"^make(?:\[\d+\])?: (?:Nothing to be done for|'?`?[\w.-]*test[\w.-]*'? is up to date)"),
    ("phpunit", r"^No tests executed!"),
    ("ctest", r"^No tests were found!!!"),
    ("rspec", r"^0 examples, 0 failures"),
)
_SOMETHING_RAN = re.compile(
    r"\b[1-9]\d* (?:passed|failed|error)"
    r"|^Ran [1-9]\d* tests?\b"
    r"|^running [1-9]\d* tests?$"
    r"|^ok[ \t]+\S+[ \t]+(?:\(cached\)|[\d.]+s)(?!.*\[no test)"
    r"|^--- (?:PASS|FAIL)"
    r"|^[ \t]*[1-9]\d* (?:passing|failing|examples?)\b"
    r"|^(?:# |ℹ )tests [1-9]"
    r"|^(?:not )?ok [1-9]\d*\b"
    r"|^Tests:[ \t].*\b[1-9]\d* (?:passed|failed)"
    r"|\b[1-9]\d*% tests passed",
    re.MULTILINE,
)
_UNREACHED = re.compile(
    r"dns error|error sending request|tcp connect error|Temporary failure in name resolution|Failed to fetch"
    r"|Network is unreachable|client error \(Connect\)|operation timed out",
    re.IGNORECASE,
)
_NOTHING = tuple((runner, re.compile(pattern, re.MULTILINE)) for runner, pattern in _NOTHING_RAN)


def proves_nothing(output: str) -> str | None:
    """Why this output of a check that ended well proves nothing, in words for a person; None when it may stand.

    A run that shows both empty and real suites (Go and Cargo print one line a package) counts as having tested.
    """
    empty = next((runner for runner, pattern in _NOTHING if pattern.search(output)), None)
    if empty is None or _SOMETHING_RAN.search(output):
        return None
    return f"no test ran ({empty} found none), so this proves nothing; name the folder or files that hold the tests"


def reached_nothing(output: str) -> bool:
    """Whether an act failed because what it asks over the network did not answer: that says nothing about the act."""
    return _UNREACHED.search(output) is not None
