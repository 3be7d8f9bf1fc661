"""The shop in trouble: a stranger on its port, a bug that nothing repairs, a driver that is killed."""

import subprocess
import tomllib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from interlock.core.events import (
    ApprovalAnswered,
    ApprovalRequested,
    ChecksReturned,
    Envelope,
    HookDecided,
    SessionEnded,
    SkillCalled,
    SkillReturned,
)
from real_shop import WORDS, Store

pytestmark = pytest.mark.network

Make = Callable[..., Path]


class Stranger(ThreadingHTTPServer):
    """Somebody's server that answers 200 and the smoke check's words to everyone."""

    def __init__(self, port: int) -> None:
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", port), Answer)


class Answer(BaseHTTPRequestHandler):
    server: Stranger

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "15")
        self.end_headers()
        self.wfile.write(b'{"status":"ok"}')

    def log_message(self, format: str, *args: object) -> None:
        """A stranger's log is not ours."""


@pytest.fixture
def stranger_on() -> Iterator[Callable[[Path], Stranger]]:
    """Put a stranger on the port that a shop declares."""
    there: list[Stranger] = []

    def listen(folder: Path) -> Stranger:
        there.append(Stranger(port_of(folder)))
        Thread(target=there[-1].serve_forever, daemon=True).start()
        return there[-1]

    yield listen
    for stranger in there:
        stranger.shutdown()
        stranger.server_close()


def port_of(folder: Path) -> int:
    """The port that the shop declares."""
    declared = tomllib.loads((folder / "interlock.toml").read_text(encoding="utf-8"))
    return int(declared["services"]["web"]["port"])


def of(events: list[Envelope], *kinds: type) -> list[Any]:
    """The events of these kinds, in order."""
    return [each.data for each in events if isinstance(each.data, kinds)]


def test_a_stranger_on_the_port_is_left_alone_and_its_answers_count_for_nothing(
    store: Store, shop: Make, stranger_on: Callable[[Path], Stranger]
) -> None:
    folder = shop(drifted=False)
    stranger = stranger_on(folder)
    done = store.interlock("run", WORDS, "--workspace", str(folder), "--non-interactive")
    assert done.returncode == 0, done.stdout + done.stderr
    moved = [each for each in of(store.events(), SkillCalled) if (each.proposal.fix or "").startswith("port-taken:")]
    assert moved, "the taken port was met as a failure"
    assert stranger.asked == [], "nobody asked the stranger, so its 200 never was the smoke check"
    ports = [each.facts["port"] for each in of(store.events(), SkillReturned) if each.ok and "port" in each.facts]
    assert ports
    assert port_of(folder) not in ports


def test_a_bug_that_nothing_repairs_ends_as_a_question_that_names_the_failing_test(store: Store, shop: Make) -> None:
    folder = shop(drifted=False, patch="wrong-total.patch")
    asked = store.interlock("run", WORDS, "--workspace", str(folder), "--non-interactive")
    assert asked.returncode == 10, asked.stdout + asked.stderr
    question = of(store.events(), ApprovalRequested)[-1]
    assert (question.rule, question.subject) == ("unknown_failure", "going_on")
    assert "tests/test_orders.py::test_vat_is_rounded_to_the_nearest_cent (tests/test_orders.py:8)" in question.question
    assert "assert 3091 == 3092" in question.question
    assert not of(store.events(), SessionEnded)
    assert len(of(store.events(), HookDecided)) < 8, "it asked as soon as it knew nothing more"

    given_up = store.interlock("reject", store.question(), "--reason", "the code rounds wrongly")
    assert given_up.returncode == 21, given_up.stdout + given_up.stderr
    for words in (
        "ended without success: rejected",
        "tests/test_orders.py::test_vat_is_rounded_to_the_nearest_cent (tests/test_orders.py:8): assert 3091 == 3092",
        "`value-not-allowed:nearest` against",
        "`missing-directory:mkdir` against check:unit",
        f"{folder}/var: interlock undo {store.session()} --step ",
        "rejected by",
        "the code rounds wrongly",
        "processes",
        "one next step",
    ):
        assert words in given_up.stdout
    undone = store.interlock("undo", store.session(), "--non-interactive")
    assert undone.returncode == 0, undone.stdout + undone.stderr
    assert not (folder / "var").exists()
    status = subprocess.run(["git", "-C", str(folder), "status", "--short"], capture_output=True, text=True, check=True)
    assert status.stdout == "", "what it changed is put back by the command that it names"
    assert "3092" in (folder / "tests" / "test_orders.py").read_text(encoding="utf-8"), "the test was not bent"


def test_a_killed_driver_loses_nothing_and_an_approval_is_used_exactly_once(store: Store, shop: Make) -> None:
    words = WORDS.replace("$50", "$30")
    folder = str(shop(drifted=False))
    store.killed("run", words, "--workspace", folder, "--non-interactive", when=begins_an_act)
    resumed = store.interlock("resume", store.session(), "--non-interactive")
    assert resumed.returncode == 10, resumed.stdout + resumed.stderr

    question = store.question()
    assert store.interlock("approve", question, "--no-drive").returncode == 0
    store.killed("resume", store.session(), when=lambda each: uses(each, question))
    code = store.interlock("resume", store.session(), "--non-interactive").returncode
    while code == 10:
        assert store.question() != question
        code = store.interlock("approve", store.question(), "--up-to", "100").returncode
    assert code == 0

    events = store.events()
    assert sum(uses(each, question) for each in events) == 1
    assert [each.approval for each in of(events, ApprovalAnswered)].count(question) == 1
    assert store.interlock("approve", question).returncode == 2
    assert all(result.passed for result in of(events, ChecksReturned)[-1].results)
    assert store.interlock("audit", "verify").returncode == 0


def begins_an_act(envelope: Envelope) -> bool:
    """An act has been announced, and begins."""
    return isinstance(envelope.data, SkillCalled)


def uses(envelope: Envelope, question: str) -> bool:
    """The act that the question asked about has been announced, on its approval."""
    return isinstance(envelope.data, SkillCalled) and envelope.data.approval == question
