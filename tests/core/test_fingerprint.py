"""Fingerprints: the same failure keeps its name between runs and places; different failures have different names."""

import random
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.core.fingerprint import (
    EXTRACT,
    extract,
    failing_test,
    failure,
    fingerprint,
    normalise,
    parties,
    shortened,
    telling,
)
from interlock.core.frames import frames, import_chain, module_of

TRACEBACK = """Traceback (most recent call last):
  File "{root}/app.py", line {line}, in <module>
    run()
  File "{root}/app.py", line 3, in run
    open("{root}/spool/{name}")
FileNotFoundError: [Errno 2] No such file or directory: '{root}/spool/{name}'
"""

DRIFT = """Traceback (most recent call last):
  File "/srv/app.py", line 1, in <module>
    import lantern
  File "/srv/.venv/lib/python3.11/site-packages/lantern.py", line 4, in <module>
    import wick
{inner}"""

MANIFESTATIONS = (
    "AttributeError: module 'wick' has no attribute '__version__'\n",
    "ImportError: cannot import name 'quote' from 'wick.urls' (/srv/.venv/lib/python3.11/site-packages/wick/urls.py)\n",
    '  File "/srv/.venv/lib/python3.11/site-packages/wick/__init__.py", line 9, in <module>\n'
    "    from collections import Mapping\n"
    "ImportError: cannot import name 'Mapping' from 'collections' (/usr/lib/python3.11/collections/__init__.py)\n",
)


def named(output: str, where: str = "check:unit", exit_code: int | None = 1) -> str:
    return fingerprint(where, output, exit_code)[0]


def test_the_folder_and_the_line_of_a_traceback_do_not_matter():
    here = TRACEBACK.format(root="/home/ada/shop", line=12, name="journal.csv")
    there = TRACEBACK.format(root="/tmp/ci-8831/shop", line=40, name="journal.csv")
    assert named(here) == named(there)


def test_another_missing_file_is_another_failure():
    assert named(TRACEBACK.format(root="/srv", line=1, name="a.csv")) != named(
        TRACEBACK.format(root="/srv", line=1, name="b.csv")
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("connect to 10.0.3.17:5432 failed", "connect to 192.168.0.9:6432 failed"),
        ("2026-01-02T03:04:05.678Z error: lost", "2025-11-12 13:14:15,9 error: lost"),
        ("error: object at 0x7f3a19c0 is gone", "error: object at 0x55d0ffee12 is gone"),
        ("error: commit 4f2a9c1e8b is unknown", "error: commit 0d1e2f3a4b5c6d is unknown"),
        (
            "error: request 6f1c9c1e-8a55-4d2b-9a6e-0a4f5f1f7c11 lost",
            "error: request 00000000-1111-2222-3333-444444444444 lost",
        ),
        ("error: waited 31 s for worker 4", "error: waited 7 s for worker 11"),
        ("GET http://127.0.0.1:8765/healthz: error, refused", "GET http://127.0.0.1:40123/healthz: error, refused"),
        ("\x1b[31merror:\x1b[0m it broke", "error: it broke"),
        ("error: /a/b/c.py is broken", "error: /x/c.py is broken"),
    ],
)
def test_what_varies_between_runs_does_not_matter(one, other):
    assert named(one) == named(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("bash: line 1: deploy: command not found", "bash: line 1: ./deploy: No such file or directory"),
        (
            "FileNotFoundError: [Errno 2] No such file or directory: 'a.csv'",
            "PermissionError: [Errno 13] Permission denied: 'a.csv'",
        ),
        ("KeyError: 'HOST'", "KeyError: 'REGION'"),
        ("GET /healthz: expected 200, got 503", "GET /healthz: expected 200, got 404"),
        ("OSError: [Errno 98] in use", "OSError: [Errno 99] in use"),
        ("ValueError: 'INF' is not one of ['INFO']", "ValueError: 'WRN' is not one of ['WARN']"),
        ("ModuleNotFoundError: No module named 'wick'", "ModuleNotFoundError: No module named 'lantern'"),
        ("sqlite3.OperationalError: no such table: lamp", "sqlite3.OperationalError: no such column: lamp"),
        ("process ended with exit code 2: error", "process ended with exit code 3: error"),
    ],
)
def test_what_tells_failures_apart_stays(one, other):
    assert named(one) != named(other)


def test_silence_is_told_apart_by_place_and_exit_code():
    assert len({named("", "check:a", 1), named("", "check:b", 1), named("", "check:a", 2)}) == 3
    assert fingerprint("check:a", "", 2)[1] == "check:a: exit code 2, no output"


def test_the_same_error_has_one_name_in_a_plain_traceback_and_in_pytests_report():
    said = "sqlite3.OperationalError: no such table: lamp"
    plain = f'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    g()\n{said}\n'
    report = f"__ test_a __\n\n    def test_a():\n>       g()\nE       {said}\n\na.py:1: OperationalError\n"
    assert named(plain) == named(report)


def test_two_failing_assertions_are_two_failures_and_name_their_tests():
    report = (
        "__ {t} __\n\n>       assert f() == 3\nE       assert {n} == 3\n\ntests/test_a.py:8: AssertionError\n"
        "=== short test summary info ===\nFAILED tests/test_a.py::{t} - assert\n"
    )
    first, second = report.format(t="test_one", n=2), report.format(t="test_two", n=2)
    assert named(first) != named(second)
    assert named(first) == named(report.format(t="test_one", n=7))
    assert fingerprint("check:unit", first)[1] == "tests/test_a.py::test_one (tests/test_a.py:8): assert 2 == 3"


def test_a_pair_of_packages_that_drifted_apart_has_one_name_however_it_shows():
    assert len({named(DRIFT.format(inner=inner)) for inner in MANIFESTATIONS}) == 1


def test_the_pair_matters_and_so_does_whether_it_was_imported_or_called():
    drift = DRIFT.format(inner=MANIFESTATIONS[0])
    called = drift.replace("line 4, in <module>", "line 4, in quote")
    assert len({named(drift), named(drift.replace("wick", "oil")), named(called)}) == 3


def test_a_call_between_packages_that_do_not_fit_is_named_by_them_and_a_call_of_ours_is_not():
    theirs = DRIFT.format(inner="").replace("line 4, in <module>", "line 4, in light").rstrip() + "\n    oil(flame=1)\n"
    one, other = (
        f"{theirs}TypeError: {said}() got an unexpected keyword argument 'flame'\n" for said in ("oil", "wax")
    )
    assert parties(one) == ("lantern",)
    assert named(one) == named(other)
    ours = one.replace(".venv/lib/python3.11/site-packages/", "")
    assert parties(ours) == ()


def test_a_module_that_is_missing_is_no_drift():
    missing = DRIFT.format(inner="ModuleNotFoundError: No module named 'wick'\n")
    assert named(missing) == named("ModuleNotFoundError: No module named 'wick'\n")


def test_a_chained_traceback_is_told_by_its_last_error():
    text = (
        "Traceback (most recent call last):\n  File 'a'\nKeyError: 'x'\n\n"
        "During handling of the above exception, another exception occurred:\n\n"
        "Traceback (most recent call last):\n  File 'b'\nRuntimeError: no settings\n"
    )
    assert telling(text) == "RuntimeError: no settings"


def test_tools_are_told_by_their_first_error_line():
    assert telling("resolving\nerror: no such package\nhint: look elsewhere\nit failed\n") == "error: no such package"


def test_the_extract_of_a_flood_keeps_traceback_and_summary():
    noise = "\n".join(f"line {number} of noise, nothing to see" for number in range(20_000))
    summary = "=== short test summary info ===\nFAILED tests/test_a.py::test_b - FileNotFoundError\n1 failed\n"
    text = f"{noise}\n{TRACEBACK.format(root='/srv', line=2, name='x.csv')}\n{noise[:9000]}\n{summary}"
    kept = extract(text)
    assert len(kept.encode()) <= EXTRACT
    assert "No such file or directory: '/srv/spool/x.csv'" in kept
    assert "FAILED tests/test_a.py::test_b" in kept
    assert named(text) == named(text.replace("noise", "chatter"))


def test_warnings_of_a_test_run_do_not_crowd_out_the_error():
    summary = "=== short test summary info ===\nFAILED a.py::b - ValueError\n"
    text = f"E   ValueError: bad\n=== warnings summary ===\n{'w' * 9000}\n{summary}"
    assert extract(text) == f"E   ValueError: bad\n{summary}"


def test_a_failure_carries_extract_name_and_the_line_that_a_person_reads():
    found = failure("service:web", "starting\nOSError: [Errno 98] Address already in use\n", 1)
    assert (found.where, found.exit_code) == ("service:web", 1)
    assert found.signature == "OSError: [Errno 98] Address already in use"
    assert found.fingerprint.startswith("v1:")


def test_frames_of_third_parties_know_their_module():
    assert module_of("/x/.venv/lib/python3.11/site-packages/wick/urls.py") == "wick"
    assert module_of("site-packages/lantern.py") == "lantern"
    assert module_of("site-packages/_wick.cpython-311-x86_64-linux-gnu.so") == "_wick"
    assert module_of("/x/app.py") == ""
    assert import_chain(frames(DRIFT.format(inner=MANIFESTATIONS[2]))) == ("lantern", "wick")


@settings(deadline=None)
@given(st.text(max_size=3000))
def test_any_text_has_a_fingerprint_and_a_bounded_extract(text):
    named_once, signature = fingerprint("check:x", text, 1)
    assert named_once == fingerprint("check:x", text, 1)[0]
    assert len(extract(text).encode("utf-8", "replace")) <= EXTRACT
    assert len(signature) <= 300


@settings(deadline=None)
@given(st.text(alphabet=string.printable, max_size=300))
def test_normalising_twice_is_normalising_once_for_digits_and_folders(line):
    once = normalise(line)
    assert len(once) <= 8 * 1000
    assert normalise(line) == once


def test_long_hostile_lines_take_no_noticeable_time():
    rng = random.Random(7)
    for letters in ("/", "a/", "0", "a1", ".-", "://", "_ ", "E   ", "'", "x" * 50 + "/"):
        text = letters * 20_000 + "".join(rng.choices(string.printable, k=200))
        fingerprint("check:x", text, 1)


TWO_FAIL = """
==================================== ERRORS ====================================
_____________ ERROR at setup of test_the_journal_that_is_named _____________

E       FileNotFoundError: [Errno 2] No such file or directory: 'spool/journal.csv'

app/journal.py:9: FileNotFoundError
=================================== FAILURES ===================================
{title}

    def test_rounding():
>       assert total(3) == 4
E       {said}

tests/test_orders.py:8: AssertionError
=========================== short test summary info ============================
FAILED tests/test_orders.py::{node} - {said}
ERROR tests/test_orders.py::test_the_journal_that_is_named - FileNotFoundError
"""


def test_the_failing_test_is_the_one_that_the_telling_line_belongs_to_with_no_line_of_another():
    text = TWO_FAIL.format(title="___ test_rounding ___", node="test_rounding", said="assert 3 == 4")
    assert failing_test(text) == "tests/test_orders.py::test_the_journal_that_is_named"


@pytest.mark.parametrize(("title", "node"), [("test_rounding", "test_rounding"), ("TestSum.test_b", "TestSum::test_b")])
def test_the_failing_test_has_the_line_of_its_own_section(title: str, node: str):
    text = TWO_FAIL.format(title=f"___ {title} ___", node=node, said="ValueError: 3").replace(
        "E       File", "        "
    )
    assert failing_test(text) == f"tests/test_orders.py::{node} (tests/test_orders.py:8)"


def test_what_hundreds_of_failing_tests_have_in_common_is_not_lost_in_a_long_report():
    told = "src/shop.py:7: in width\n    import lantern\nE   ModuleNotFoundError: No module named 'lantern'\n"
    report = "".join(f"____ test_{n} ____\n\n{told}" for n in range(300))
    report += "=== short test summary info ===\n"
    report += "".join(f"FAILED tests/test_shop.py::test_{n}\n" for n in range(300))
    kept = shortened(report, 8_000)
    assert len(kept) < 9_000 and kept.endswith("test_299\n")
    assert failure("check:unit", kept).fingerprint == failure("check:unit", report).fingerprint
    assert "No module named 'lantern'" in failure("check:unit", kept).signature
    assert shortened("short", 8_000) == "short"
