"""Success of no tests is no success."""

import time

import pytest

from interlock.core.evidence import proves_nothing


@pytest.mark.parametrize(
    "output",
    [
        "============ no tests ran in 0.01s ============",
        "no tests ran in 0.00s",
        "collected 0 items\n\n",
        "\n----------\nRan 0 tests in 0.000s\n\nOK",
        "?   \texample.org/a\t[no test files]",
        "running 0 tests\n\ntest result: ok. 0 passed; 0 failed",
        "  0 passing (1ms)",
        "No tests found, exiting with code 0",
        "# tests 0\n# pass 0",
        "1..0 # no tests",
        "make: Nothing to be done for 'test'.",
        "make: 'test' is up to date.",
        "No tests were found!!!",
        "0 examples, 0 failures",
    ],
)
def test_a_run_of_no_tests_proves_nothing(output):
    assert "proves nothing" in (proves_nothing(output) or "")


@pytest.mark.parametrize(
    "output",
    [
        "",
        "ok",
        "3 passed in 0.02s",
        "Ran 1 test in 0.000s\n\nOK",
        "?   \texample.org/a\t[no test files]\nok  \texample.org/b\t0.003s",
        "running 0 tests\n\ntest result: ok.\n\nrunning 2 tests\ntest a ... ok",
        "order 1 placed and found again",
        "no tests ran in 0.1s\nERROR tests/test_a.py\n1 error in 0.12s",
        "the page says: there are 0 passing grades",
        "# tests 4\n# pass 4",
    ],
)
def test_a_run_that_tested_something_or_is_no_test_runner_may_stand(output):
    assert proves_nothing(output) is None


def test_a_flood_of_empty_lines_is_judged_in_linear_time() -> None:
    began = time.process_time()
    assert proves_nothing("\n" * 1_000_000 + " " * 1_000_000) is None
    assert time.process_time() - began < 5, "a minute or more when a pattern runs on over the lines"
