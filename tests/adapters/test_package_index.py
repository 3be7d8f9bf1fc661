"""The package index over a real HTTP server: dates and versions, kept on disk, with and without an answer."""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from interlock.adapters.package_index import DEFAULT, JSON, PackageIndex, index_url, releases_of

PAGE = {
    "meta": {"api-version": "1.1"},
    "name": "lamp",
    "files": [
        {"filename": "lamp-1.0.tar.gz", "upload-time": "2020-01-02T03:04:05.678Z", "requires-python": ">=3.6"},
        {"filename": "lamp-1.0-py3-none-any.whl", "upload-time": "2020-01-01T00:00:00Z", "yanked": False},
        {"filename": "lamp-1.0-cp313-cp313-manylinux_2_17_x86_64.whl", "upload-time": "2024-10-01T00:00:00Z"},
        {"filename": "lamp-2.0-py3-none-any.whl", "upload-time": "2021-01-01T00:00:00Z", "yanked": "broken"},
        {"filename": "lamp-0.9.tar.gz", "upload-time": "2019-01-01T00:00:00Z"},
        {"filename": "lamp-0.9.exe", "upload-time": "2019-01-01T00:00:00Z"},
        {"filename": "lamp-3.0.tar.gz"},
    ],
}


@contextmanager
def served(answers):
    """An index that gives the answers of `answers` (path → (status, body)) and notes what it was asked."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, self.headers["Accept"]))
            status, body = answers.get(self.path, (404, b""))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/simple", asked
    finally:
        server.shutdown()
        server.server_close()


LAMP = {"/simple/lamp/": (200, json.dumps(PAGE).encode())}


def test_a_version_is_as_old_as_its_first_file_and_yanked_when_all_of_it_is():
    found = {release.version: release for release in releases_of(PAGE)}
    assert list(found) == ["0.9", "1.0", "2.0"]
    assert found["1.0"].uploaded == 1577836800.0
    assert (found["1.0"].yanked, found["2.0"].yanked) == (False, True)


async def test_releases_come_from_the_json_form_of_the_simple_api(tmp_path):
    with served(LAMP) as (url, asked):
        releases = await PackageIndex(tmp_path, url=url).releases("Lamp")
    assert [release.version for release in releases] == ["0.9", "1.0", "2.0"]
    assert asked == [("/simple/lamp/", JSON)]


async def test_what_was_read_is_not_asked_for_again(tmp_path):
    with served(LAMP) as (url, asked):
        first = await PackageIndex(tmp_path, url=url).releases("lamp")
        assert await PackageIndex(tmp_path, url=url).releases("lamp") == first
    assert len(asked) == 1


async def test_what_was_kept_serves_while_the_index_is_down_and_is_renewed_when_it_is_not(tmp_path):
    with served(LAMP) as (url, asked):
        first = await PackageIndex(tmp_path, url=url, fresh=0).releases("lamp")
        await PackageIndex(tmp_path, url=url, fresh=0).releases("lamp")
        assert len(asked) == 2
    assert await PackageIndex(tmp_path, url=url, fresh=0).releases("lamp") == first


async def test_an_index_that_is_down_is_told_apart_from_a_package_that_is_unknown(tmp_path):
    with served({}) as (url, _):
        assert await PackageIndex(tmp_path, url=url).releases("lamp") == ()
    with pytest.raises(LookupError, match=r"127\.0\.0\.1"):
        await PackageIndex(tmp_path / "other", url=url).releases("lamp")


@pytest.mark.parametrize("answer", [(200, b"<html>"), (200, b"{}"), (200, b'{"files": 3}'), (500, b"oops")])
async def test_an_index_that_answers_nonsense_is_as_good_as_down(tmp_path, answer):
    with served({"/simple/lamp/": answer}) as (url, _), pytest.raises(LookupError):
        await PackageIndex(tmp_path, url=url).releases("lamp")


async def test_a_broken_cache_and_a_folder_that_cannot_be_written_are_no_obstacle(tmp_path):
    (tmp_path / "lamp.json").write_bytes(b"{broken")
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with served(LAMP) as (url, _):
        assert len(await PackageIndex(tmp_path, url=url).releases("lamp")) == 3
        assert len(await PackageIndex(blocked, url=url).releases("lamp")) == 3


async def test_a_name_that_is_none_is_not_asked_for(tmp_path):
    with served(LAMP) as (url, asked):
        index = PackageIndex(tmp_path, url=url)
        for name in ("../secrets", "a/b", "", "lamp?x=1", "x" * 200):
            assert await index.releases(name) == ()
    assert asked == []


async def test_a_server_that_hangs_is_given_up_in_time(tmp_path):
    hang = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            hang.wait(30)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    began = time.monotonic()
    try:
        with pytest.raises(LookupError):
            await PackageIndex(tmp_path, url=f"http://127.0.0.1:{server.server_port}/", timeout=0.3).releases("lamp")
        assert time.monotonic() - began < 10
    finally:
        hang.set()
        server.shutdown()
        server.server_close()


def test_the_index_is_the_one_that_uv_and_pip_use():
    assert index_url({}) == DEFAULT
    assert index_url({"PIP_INDEX_URL": "https://p/simple"}) == "https://p/simple"
    assert index_url({"PIP_INDEX_URL": "https://p", "UV_DEFAULT_INDEX": "https://u"}) == "https://u"
