"""Who answers a GET counts, whatever name was asked."""

import ipaddress
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from interlock.skills import asking


class Secretive(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"credentials")

    def log_message(self, *_: object) -> None:
        return None


@pytest.fixture
def url() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Secretive)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


async def test_what_answers_is_read(url):
    answer = await asking.ask(url, away=False, timeout=10.0)
    assert isinstance(answer, asking.Answer) and answer.body == "credentials"


async def test_an_answer_from_where_credentials_are_kept_is_not_read_whatever_its_name(url, monkeypatch):
    monkeypatch.setattr(asking, "METADATA", (ipaddress.ip_address("127.0.0.1"),))
    answer = await asking.ask(url, away=False, timeout=10.0)
    assert isinstance(answer, str) and "not read" in answer


@pytest.mark.parametrize(
    ("address", "kept_there"),
    [
        ("169.254.169.254", True),
        ("169.254.170.2", True),
        ("::ffff:169.254.169.254", True),
        ("fe80::1%eth0", True),
        ("fd00:ec2::254", True),
        ("100.100.100.200", True),
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("::1", False),
    ],
)
def test_the_addresses_where_clouds_keep_credentials_are_known(address, kept_there):
    assert asking.is_metadata(address) is kept_there
