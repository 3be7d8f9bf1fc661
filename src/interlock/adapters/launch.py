"""What a command runs under: limits, and a keeper that lets nothing live longer than the command or its driver."""

import ctypes
import errno
import json
import os
import resource
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

GIB = 1 << 30
LIMITS = ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_NPROC, 4096), (resource.RLIMIT_FSIZE, 8 * GIB))
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def born(pid: int) -> str | None:
    """Which process `pid` means now: boot and start tick, so that a recycled number differs; None when dead."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else f"{boot}:{fields[19]}"


def limit() -> None:
    """Bound core files, processes and file sizes, never above what this process may have."""
    for kind, bound in LIMITS:
        hard = resource.getrlimit(kind)[1]
        value = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        resource.setrlimit(kind, (value, value))


def prctl(option: int, value: int) -> None:
    """Ask the kernel for a process attribute, where it has such a thing."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def die_with(parent: int, how: signal.Signals) -> None:
    """Get `how` when `parent` dies; end now if it is dead already."""
    prctl(PR_SET_PDEATHSIG, how)
    if os.getppid() != parent:
        sys.exit(143)


def detach(status: int) -> None:
    """Go on in a process that no terminal and no parent of ours can end; it writes who it is to `status` first."""
    reading, writing = os.pipe()
    if os.fork():
        os.close(writing)
        os.read(reading, 1)  # ends when the other side is closed, so that a reader of `status` comes after its writer
        os._exit(0)
    os.setsid()
    os.write(status, json.dumps({"pid": os.getpid(), "born": born(os.getpid())}).encode() + b"\n")
    os.close(writing)
    os.close(reading)


def with_options(argv: list[str], options: list[str]) -> list[str]:
    """The sandbox's command line, its options in a file of memory that no `ps` shows."""
    if not options:
        return argv
    file = os.memfd_create("options", 0)
    os.write(file, b"".join(os.fsencode(word) + b"\0" for word in options))
    os.lseek(file, 0, os.SEEK_SET)
    return [argv[0], "--args", str(file), *argv[1:]]


def become(argv: list[str], env: dict[str, str]) -> None:
    """Replace this process by the command, as a shell would: 127 when it is missing, 126 when it can't be run."""
    try:
        os.execvpe(argv[0], argv, env)  # noqa: S606
    except OSError as error:
        if error.errno == errno.ENOEXEC:
            os.execve("/bin/sh", ["sh", *argv], env)  # noqa: S606
        os.write(2, f"{argv[0]}: {error.strerror}\n".encode())
        os._exit(127 if error.errno == errno.ENOENT else 126)


def children_of(parent: int) -> list[int]:
    """Direct children, zombies left out."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent and fields[0] not in "ZX":
            found.append(int(entry.name))
    return found


def slay() -> None:
    """Kill every descendant: orphans come to this process (it is a subreaper), so killing children ends at the last."""
    try:
        while True:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                for pid in children_of(os.getpid()):
                    os.kill(pid, signal.SIGKILL)
                os.wait()
    except ChildProcessError:
        return


def keep(spec: dict[str, Any]) -> None:
    """Run the command, and see that nothing it started lives longer than it: a sandbox may die half built, too."""
    prctl(PR_SET_CHILD_SUBREAPER, 1)

    def end(_signal: int, _frame: FrameType | None) -> None:
        slay()
        os._exit(143)

    keeper = os.getpid()
    signal.signal(signal.SIGTERM, end)
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        die_with(keeper, signal.SIGKILL)
        os.setsid()
        if spec["status"] >= 0:
            os.close(spec["status"])
        become(with_options(spec["argv"], spec["options"]), spec["env"])
    while (ended := os.wait())[0] != child:
        continue
    code = os.waitstatus_to_exitcode(ended[1])
    code = code if code >= 0 else 128 - code
    slay()
    if spec["status"] >= 0:
        os.write(spec["status"], json.dumps({"exit-code": code}).encode() + b"\n")
    sys.exit(code)


def main() -> None:
    """Read what to run from the descriptor named on the command line, and run it."""
    with os.fdopen(int(sys.argv[1])) as file:
        spec = json.load(file)
    limit()
    if spec["lasting"]:
        detach(spec["status"])
    else:
        die_with(spec["parent"], signal.SIGTERM)
    keep(spec)


if __name__ == "__main__":
    main()
