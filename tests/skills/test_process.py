"""Services and the addresses they answer on: only the current edition of our own counts."""

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from interlock.core.plan import Act, Check, ServiceSpec

SERVER = """
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/healthz" else 404)
        self.end_headers()
        self.wfile.write(b"ok")
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def web(root: Path, port: int, python: str) -> ServiceSpec:
    (root / "server.py").write_text(SERVER)
    return ServiceSpec(name="web", argv=(python, "server.py", "{port}"), port=port, ready="/healthz", ready_timeout=10)


@pytest.fixture
def stranger(root: Path, port: int, web: ServiceSpec) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, str(root / "server.py"), str(port)])
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1)
            break
        except (urllib.error.URLError, OSError):
            continue
    yield
    process.kill()
    process.wait()


URL = "http://127.0.0.1:{web.port}/healthz"


async def test_a_service_runs_on_after_its_act_and_answers(bench, web, port):
    made = bench(services=(web,))
    started = await made.do("process.ensure", service="web")
    assert started.ok and not started.changed and started.facts["port"] == port, started.output
    answered = await made.do("http.get", url=URL, contains="ok", service="web")
    assert answered.ok, answered.output


async def test_ensuring_what_runs_already_starts_nothing_and_costs_nothing(bench, web):
    made = bench(services=(web,))
    first = await made.do("process.ensure", service="web")
    again = await made.do("process.ensure", service="web")
    assert first.usage is None and again.usage == {} and first.facts["pid"] == again.facts["pid"]


async def test_an_edition_from_before_the_last_change_does_not_count(bench, web):
    made = bench(services=(web,))
    first = await made.do("process.ensure", service="web", changes=1)
    stale = await made.do("http.get", url=URL, service="web", changes=2)
    assert not stale.ok and "started before the last change" in stale.output
    second = await made.do("process.ensure", service="web", changes=2)
    assert second.ok and second.facts["pid"] != first.facts["pid"]
    assert (await made.do("http.get", url=URL, service="web", changes=2)).ok


async def test_a_stranger_on_the_port_is_no_success_though_it_answers(bench, web, stranger, port):
    made = bench(services=(web,))
    taken = await made.do("process.ensure", service="web")
    assert not taken.ok and f"port {port} is taken" in taken.output
    answered = await made.do("http.get", url=URL, contains="ok", service="web")
    assert not answered.ok and "was not started by this session" in answered.output
    assert (await made.do("http.get", url=URL, contains="ok")).ok


async def test_a_service_moves_to_a_free_port_and_stays_there(bench, web, stranger, port):
    made = bench(services=(web,))
    moved = await made.do("process.ensure", service="web", port=0)
    assert moved.ok and moved.facts["port"] != port, moved.output
    assert (await made.do("http.get", url=URL, contains="ok", service="web")).ok
    after_a_change = await made.do("process.ensure", service="web", changes=1)
    assert after_a_change.ok and after_a_change.facts["port"] == moved.facts["port"]


async def test_a_check_of_a_service_gets_its_port_and_refuses_an_old_edition(bench, web, port):
    check = Check(
        name="acceptance",
        act=Act(
            skill="command.run",
            arguments={"argv": ["echo", "{web.port}"], "cwd": ".", "env": {}, "check": "acceptance"},
        ),
        service="web",
    )
    made = bench(services=(web,), checks=(check,))
    before = await made.do("command.run", **check.act.arguments)
    assert not before.ok and "start it with process.ensure" in before.output
    await made.do("process.ensure", service="web")
    after = await made.do("command.run", **check.act.arguments)
    assert after.ok and after.output == f"{port}\n"


async def test_a_service_that_ends_at_once_tells_its_last_words(bench, root, web, python):
    (root / "server.py").write_text("raise SystemExit('no such table: orders')")
    result = await bench(services=(web,)).do("process.ensure", service="web")
    assert not result.ok and "exited with code 1" in result.output and "no such table: orders" in result.output


async def test_a_service_that_answers_with_errors_is_not_ready(bench, web):
    from msgspec.structs import replace

    unwell = replace(web, ready="/broken", ready_timeout=1.0)
    result = await bench(services=(unwell,)).do("process.ensure", service="web")
    assert not result.ok and "answered 404" in result.output


async def test_a_stopped_service_is_gone(bench, web):
    made = bench(services=(web,))
    await made.do("process.ensure", service="web")
    assert (await made.do("process.stop", service="web")).ok
    assert not (await made.do("http.get", url=URL)).ok


async def test_an_unexpected_status_or_text_is_told_with_the_answer(bench, web):
    made = bench(services=(web,))
    await made.do("process.ensure", service="web")
    wrong = await made.do("http.get", url="http://127.0.0.1:{web.port}/x")
    assert not wrong.ok and "answered 404, not 200" in wrong.output
    lacking = await made.do("http.get", url=URL, contains="fine")
    assert not lacking.ok and "without `fine`" in lacking.output
