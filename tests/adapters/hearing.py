"""Those who are told, for real: a web server that takes webhooks, a mail server, a terminal, a desktop's program."""

import http.server
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

PATIENCE = 30.0


class Hook:
    """A web server on a free port: what was posted, and what it answers (a status, or seconds of silence first)."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.status = 200
        self.silent = threading.Event()
        self.silent.set()
        self.asked = threading.Event()

    @property
    def address(self) -> str:
        """Where Apprise finds it, with a secret in it."""
        return f"json://ann:hunter2@127.0.0.1:{self.port}/s3cr3t-token"

    @contextmanager
    def listening(self) -> Iterator["Hook"]:
        """While it is up."""
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                said = self.rfile.read(int(self.headers["Content-Length"])).decode()
                hook.asked.set()
                hook.silent.wait(PATIENCE)
                if hook.status == 200:
                    hook.heard.append(said)
                try:
                    self.send_response(hook.status)
                    self.end_headers()
                except OSError:
                    return

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing to standard error."""

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self.port = server.server_address[1]
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        try:
            yield self
        finally:
            self.silent.set()
            server.shutdown()
            server.server_close()
            serving.join()


class Mail:
    """A mail server: what it took."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.port = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """A letter came."""
        self.heard.append(envelope.content.decode())
        return "250 OK"

    @property
    def address(self) -> str:
        """Where Apprise finds it."""
        return f"mailto://127.0.0.1:{self.port}/?from=interlock@example.org&to=ann@example.org&mode=insecure"

    @contextmanager
    def listening(self) -> Iterator["Mail"]:
        """While it is up."""
        controller = Controller(self, hostname="127.0.0.1", port=free_port())
        controller.start()
        self.port = controller.port
        try:
            yield self
        finally:
            controller.stop()


def free_port() -> int:
    """A port that was free just now."""
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        port: int = asking.getsockname()[1]
        return port


def desktop_program(folder: Path) -> Path:
    """A `notify-send` that writes down its words; the folder belongs on the PATH. Returns the file it writes to."""
    heard = folder / "shown"
    program = folder / "notify-send"
    program.write_text(f'#!/bin/sh\nfor word in "$@"; do printf "%s\\n" "$word"; done >> {heard}\n')
    program.chmod(0o755)
    return heard
