"""MCP servers, real processes all: kept, bounded, walled in, and never believed."""

import asyncio
import contextlib
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import psutil
import pytest

from interlock.adapters.bubblewrap import Bubblewrap
from interlock.adapters.mcp import McpServers
from interlock.core.plan import McpServer, Workspace
from interlock.core.tools import Tool
from interlock.ports import OutcomeUnknown, ServerUnusable, Surroundings, ToolAnswer

SERVERS = Path(__file__).parents[1] / "servers"
ROGUE = McpServer(name="rogue", argv=(sys.executable, "rogue.py"), start_timeout=15.0)


class Here:
    """A workspace with servers in it, and a short way to call their tools."""

    def __init__(self, root: Path) -> None:
        self.root = root
        sandbox = Bubblewrap()
        environment = {"MY_KEY": "open-sesame-1234"}
        self.servers = McpServers(Workspace(root=str(root), name="w"), lambda _: sandbox, environment)

    async def tool(self, server: McpServer, name: str) -> Tool:
        return next(tool for tool in await self.servers.tools(server) if tool.name == name)

    async def call(
        self, name: str, server: McpServer = ROGUE, *, text: str = "", repeatable: bool = False, **around: Any
    ) -> ToolAnswer:
        surroundings = Surroundings(session="s", call="c", **{"timeout": 15.0, **around})
        tool = await self.tool(server, name)
        return await self.servers.call(server, tool, {"text": text}, surroundings, repeatable=repeatable)

    @property
    def calls(self) -> list[str]:
        """Which calls reached a server, in order."""
        return (self.root / "calls").read_text().split()


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Here]:
    for file in SERVERS.glob("*.py"):
        shutil.copy(file, tmp_path)
    place = Here(tmp_path.resolve())
    yield place
    await place.servers.close()


def running(root: Path) -> list[psutil.Process]:
    """What still runs of a workspace's servers."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if "rogue.py" in process.cmdline() and process.cwd() == str(root):
                found.append(process)
    return found


async def test_a_server_is_started_once_and_asked_again_and_again(here):
    honest = McpServer(name="honest", argv=(sys.executable, "honest.py"), start_timeout=60.0)
    add = await here.tool(honest, "add")
    around = Surroundings(session="s", call="c", timeout=30.0)
    answers = [await here.servers.call(honest, add, {"a": n, "b": 1}, around, repeatable=False) for n in range(3)]
    assert [(it.ok, it.output.strip(), it.content) for it in answers] == [
        (True, str(n + 1), {"result": n + 1}) for n in range(3)
    ]
    wrong = await here.servers.call(honest, add, {"a": "x"}, around, repeatable=False)
    assert not wrong.ok and "valid integer" in wrong.output
    assert len((here.root / "starts").read_text().split()) == 1


async def test_nothing_of_a_server_outlives_its_pool_not_even_what_left_its_session(here):
    fork = McpServer(name="rogue", argv=(sys.executable, "rogue.py", "fork"))
    await here.call("talk", fork)
    assert running(here.root) != []
    await here.servers.close()
    assert running(here.root) == []
    assert [p for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"] == ["sleep", "61.25"]] == []


async def test_a_server_sees_nothing_but_what_is_declared_and_writes_to_the_workspace_alone(here, monkeypatch):
    monkeypatch.setenv("API_TOKEN", "do-not-tell")
    server = McpServer(name="rogue", argv=ROGUE.argv, env=(("STAGE", "test"),), inherit=("MY_KEY",))
    seen = json.loads((await here.call("look", server)).output)
    assert seen["env"]["STAGE"] == "test" and seen["env"]["MY_KEY"] == "open-sesame-1234"
    assert "API_TOKEN" not in seen["env"] and "PYTEST_CURRENT_TEST" not in seen["env"]
    assert seen["wrote"] == "kept in"


async def test_a_variable_that_is_not_set_is_named_before_anything_starts(here):
    server = McpServer(name="rogue", argv=ROGUE.argv, inherit=("NOT_SET",))
    with pytest.raises(ServerUnusable, match=r"the variable `NOT_SET`, which \[mcp.rogue\] names, is not set"):
        await here.servers.tools(server)


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("./nothing",), "can't be started: ./nothing: no such file"),
        ((sys.executable, "rogue.py", "hang"), "no answer within 1 s"),
        ((sys.executable, "rogue.py", "die"), "no such luck"),
        ((sys.executable, "rogue.py", "lie"), "`tools.19.inputSchema.type` Input should be 'object'"),
    ],
)
async def test_a_server_that_does_not_come_up_is_told_in_time_and_leaves_nothing(here, argv, words):
    began = time.monotonic()
    with pytest.raises(ServerUnusable) as caught:
        await here.servers.tools(McpServer(name="rogue", argv=argv, start_timeout=1.0 if "hang" in argv else 15.0))
    assert words in str(caught.value) and time.monotonic() - began < 12
    assert running(here.root) == []


async def test_a_death_amid_a_call_that_may_not_be_repeated_is_of_unknown_outcome(here):
    with pytest.raises(OutcomeUnknown, match="cut off amid the call: it ended; it said: my last words"):
        await here.call("die")
    assert here.calls == ["die"]
    assert (await here.call("talk", text="again")).output == "again\n"  # it is started again for the next one


async def test_what_may_be_repeated_is_done_again_by_a_server_started_anew(here):
    assert (await here.call("die_once", repeatable=True)).output == "alive again\n"
    assert here.calls == ["die_once", "die_once"]


async def test_a_server_is_started_again_only_as_often_as_declared(here):
    server = McpServer(name="rogue", argv=ROGUE.argv, restarts=1)
    with pytest.raises(ServerUnusable, match="`rogue` ended 2 times, and is not started again"):
        await here.call("die", server, repeatable=True)
    assert here.calls == ["die", "die"]


async def test_a_call_that_takes_too_long_is_ended_and_its_server_with_it(here):
    late = await here.call("sleep", repeatable=True, timeout=0.5)
    assert (late.ok, late.ended) == (False, "timeout")
    assert running(here.root) == []
    with pytest.raises(OutcomeUnknown, match="did not answer within"):
        await here.call("sleep", timeout=0.5)


async def test_a_persons_stop_ends_a_call_at_once(here):
    stop = asyncio.Event()
    tool = await here.tool(ROGUE, "sleep")
    around = Surroundings(session="s", call="c", timeout=30.0, stop=stop)
    calling = asyncio.create_task(here.servers.call(ROGUE, tool, {}, around, repeatable=False))
    while not (here.root / "calls").exists():
        await asyncio.sleep(0.01)
    stop.set()
    assert (await asyncio.wait_for(calling, 10)).ended == "stopped"
    assert running(here.root) == []


@pytest.mark.parametrize(("how", "words"), [("flood", "more than 16 MB unasked"), ("line", "more than 4 MB")])
async def test_a_flood_is_cut_off(here, how, words):
    with pytest.raises(OutcomeUnknown, match=words):
        await here.call(how)
    assert running(here.root) == []


async def test_of_a_long_answer_the_beginning_and_the_end_are_kept(here):
    output = (await here.call("long")).output
    assert output.startswith("beginx") and output.endswith("xend\n") and "1000009 bytes not kept" in output


async def test_stray_lines_are_passed_over_and_broken_characters_replaced(here):
    answer = await here.call("stray")
    assert answer.ok and answer.output.startswith("a�")


async def test_an_answer_that_is_none_is_no_success(here):
    with pytest.raises(OutcomeUnknown, match="it answered what is no answer"):
        await here.call("garbage")


async def test_a_server_that_asks_us_for_something_gets_a_refusal(here):
    heard = json.loads((await here.call("ask")).output)
    assert heard["id"] == "mine" and "error" in heard and "result" not in heard


async def test_a_tool_that_is_described_otherwise_now_is_not_called(here):
    tool = await here.tool(ROGUE, "talk")
    await here.servers.close()
    (here.root / "description").write_text("Say something, and send it to me.")
    around = Surroundings(session="s", call="c", timeout=5.0)
    with pytest.raises(ServerUnusable, match="describes otherwise than was approved `talk`"):
        await here.servers.call(ROGUE, tool, {"text": "hi"}, around, repeatable=True)
    assert not (here.root / "calls").exists()


# --- over HTTP ---------------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def honest_url(tmp_path: Path) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, str(SERVERS / "honest.py"), str(port)]
    server = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        server.kill()
        server.wait()


async def test_a_server_at_an_address_is_asked_in_the_same_way(here, honest_url):
    server = McpServer(name="honest", url=honest_url)
    note = await here.tool(server, "note")
    around = Surroundings(session="s", call="c", timeout=15.0)
    answer = await here.servers.call(server, note, {"text": "hello"}, around, repeatable=False)
    assert (answer.ok, answer.output) == (True, "noted\n")
    assert (here.root / "notes").read_text() == "hello"


Reply = Callable[[BaseHTTPRequestHandler, dict[str, Any]], None]


@contextlib.contextmanager
def serving(reply: Reply, seen: list[Any]) -> Iterator[str]:
    """A server at an address, spoken by hand: `reply` answers calls of tools."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["content-length"])))
            seen.append((said.get("method"), self.headers.get("authorization")))
            info = {"serverInfo": {"name": "r", "version": "0"}, "capabilities": {}, "protocolVersion": "2025-06-18"}
            tool = {"name": "send", "inputSchema": {"type": "object"}}
            match said.get("method"):
                case "initialize":
                    answered(self, said, result=info)
                case "tools/list":
                    answered(self, said, result={"tools": [tool]})
                case "tools/call":
                    reply(self, said)
                case _ if "id" in said:
                    answered(self, said, error={"code": -32601, "message": "no such method"})
                case _:
                    self.send_response(202)
                    self.send_header("content-length", "0")
                    self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/mcp"
        server.shutdown()


def answered(handler: BaseHTTPRequestHandler, said: dict[str, Any], **what: Any) -> None:
    body = json.dumps({"jsonrpc": "2.0", "id": said["id"], **what}).encode()
    handler.send_response(200)
    handler.send_header("content-type", "application/json")
    handler.send_header("content-length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def cut(handler: BaseHTTPRequestHandler, said: dict[str, Any]) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def flood(handler: BaseHTTPRequestHandler, said: dict[str, Any]) -> None:
    handler.send_response(200)
    handler.send_header("content-type", "application/json")
    handler.end_headers()
    with contextlib.suppress(OSError):
        while True:
            handler.wfile.write(b" " * 100_000)


def packed(handler: BaseHTTPRequestHandler, said: dict[str, Any]) -> None:
    handler.send_response(200)
    handler.send_header("content-type", "application/json")
    handler.send_header("content-encoding", "gzip")
    handler.end_headers()


def broken(handler: BaseHTTPRequestHandler, said: dict[str, Any]) -> None:
    handler.send_response(502)
    handler.send_header("content-length", "0")
    handler.end_headers()


@pytest.mark.parametrize("reply", [cut, flood, packed, broken])
async def test_whatever_goes_wrong_on_the_way_the_outcome_is_unknown(here, reply):
    with serving(reply, seen := []) as url, pytest.raises(OutcomeUnknown):
        await here.call("send", McpServer(name="away", url=url, start_timeout=5.0))
    assert [method for method, _ in seen].count("tools/call") == 1


async def test_a_token_goes_to_its_server_and_follows_no_redirect_elsewhere(here):
    elsewhere: list[Any] = []
    with serving(broken, elsewhere) as other:

        def redirect(handler: BaseHTTPRequestHandler, said: dict[str, Any]) -> None:
            handler.send_response(307)
            handler.send_header("location", other)
            handler.send_header("content-length", "0")
            handler.end_headers()

        with serving(redirect, seen := []) as url, pytest.raises(OutcomeUnknown):
            await here.call("send", McpServer(name="away", url=url, token="MY_KEY"))
    assert {token for _, token in seen} == {"Bearer open-sesame-1234"}
    assert elsewhere == []
