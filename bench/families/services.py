"""Families of services and the network: strangers on a port, old editions, what is not up, what fails for a moment."""

import sys

from bench.families.site import Family, Site, free_port

SERVER = """import http.server, json, sys, tomllib

LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR"]
level = tomllib.load(open("settings.toml", "rb"))["level"]


class Shop(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        told = f"the shop logs at {level}" if level in LEVELS else f"{level!r} is not one of {LEVELS}"
        self.send_response(200 if self.path == "/healthz" or level in LEVELS else 500)
        self.end_headers()
        self.wfile.write(told.encode())

    def log_message(self, *words):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Shop).serve_forever()
"""
ASK = """import sys, urllib.error, urllib.request

try:
    said = urllib.request.urlopen(sys.argv[1], timeout=5).read().decode()
except urllib.error.HTTPError as problem:
    raise SystemExit(f"acceptance: {problem.read().decode()}")
print(said)
if "the shop logs at" not in said:
    raise SystemExit(f"acceptance: the answer is not the shop's: {said[:80]!r}")
"""


def shop(site: Site, level: str, asked: int) -> int:
    """A declared service, and a check that asks it; from outside the check asks the port `asked`."""
    port = free_port()
    site.write("settings.toml", f'level = "{level}"\n')
    site.write("server.py", SERVER)
    site.write("ask.py", ASK)
    site.write("interlock.toml", f'[services.web]\nrun = "python3 server.py {{port}}"\nport = {asked or port}\n'
               'ready = "/healthz"\n\n[checks.acceptance]\nkind = "acceptance"\nrun = ["./check.sh"]\n'
               'env = { URL = "http://127.0.0.1:{web.port}/" }\nservice = "web"\n')  # fmt: skip
    site.check(f'python3 ask.py "${{URL:-http://127.0.0.1:{asked or port}/}}"')
    return port


def stranger(site: Site) -> None:
    """Somebody else answers on the service's port."""
    port = free_port()
    shop(site, "INFO", port)
    site.repository()
    site.beside(sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port), port=port)


def old_edition(site: Site) -> None:
    """The setting is wrong, and what runs has read it already: mending the file alone changes no answer."""
    shop(site, "INF", 0)
    old = free_port()
    site.check(f'python3 ask.py "${{URL:-http://127.0.0.1:{old}/}}"')
    site.repository()
    site.beside(sys.executable, "server.py", str(old), port=old)


def not_up_yet(site: Site) -> None:
    """What should answer was only just started, by somebody else."""
    port = free_port()
    site.write("app.py", f"import socket\n\nsocket.create_connection(('127.0.0.1', {port}), timeout=2).close()\n")
    site.check("python3 app.py")
    late = (
        f"import time, http.server\ntime.sleep(8)\nhttp.server.HTTPServer(('127.0.0.1', {port}), None).serve_forever()"
    )
    site.beside(sys.executable, "-c", late)


def busy_for_a_moment(site: Site) -> None:
    """A server answers 429 at first."""
    port = free_port()
    site.write("app.py", f"import urllib.request\n\nurllib.request.urlopen('http://127.0.0.1:{port}/', timeout=5)\n")
    site.check("python3 app.py")
    server = (
        "import http.server, time\nbegan = time.monotonic()\n"
        "class Busy(http.server.BaseHTTPRequestHandler):\n"
        "    def do_GET(self):\n"
        "        self.send_response(200 if time.monotonic() - began > 8 else 429)\n        self.end_headers()\n"
        f"http.server.HTTPServer(('127.0.0.1', {port}), Busy).serve_forever()"
    )
    site.beside(sys.executable, "-c", server, port=port)


def untrusted(site: Site) -> None:
    """A server shows a certificate that nobody here trusts."""
    site.needs("openssl")
    port = free_port()
    site.must("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem",
              "-days", "2", "-subj", "/CN=localhost")  # fmt: skip
    site.write("app.py", f"import urllib.request\n\nurllib.request.urlopen('https://localhost:{port}/', timeout=5)\n")
    site.check("python3 app.py")
    server = (
        "import http.server, ssl\nc = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\n"
        "c.load_cert_chain('cert.pem', 'key.pem')\n"
        f"s = http.server.HTTPServer(('127.0.0.1', {port}), http.server.SimpleHTTPRequestHandler)\n"
        "s.socket = c.wrap_socket(s.socket, server_side=True)\ns.serve_forever()"
    )
    site.beside(sys.executable, "-c", server, port=port)


SERVICES = (
    Family(number=1, name="a stranger answers on the port", ends="mended", build=stranger, within=True,
           signature="the answer is not the shop's"),
    Family(number=2, name="the old edition still answers", ends="mended", build=old_edition, within=True,
           signature="is not one of"),
    Family(number=11, name="what should answer is not up yet", ends="mended", build=not_up_yet,
           signature="Connection refused"),
    Family(number=40, name="a server is busy for a moment", ends="mended", build=busy_for_a_moment,
           signature="429"),
    Family(number=40, name="a certificate that nobody trusts", ends="stopped", build=untrusted,
           signature="CERTIFICATE_VERIFY_FAILED", says="certificate"),
)  # fmt: skip
