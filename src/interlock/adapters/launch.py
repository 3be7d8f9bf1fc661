"""What runs in a child before its command: limits, then the command, or a keeper that lets no descendant live on."""

import ctypes
import errno
import json
import os
import resource
import signal
import sys
import time
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
    """Go on in a process that no terminal and no parent of ours can end, its identity written to `status` first."""
    starter = os.getpid()
    if pid := os.fork():
        os.write(status, json.dumps({"pid": pid, "born": born(pid)}).encode() + b"\n")
        os._exit(0)
    os.setsid()
    while os.getppid() == starter:  # bwrap must take the adopting process for its parent, or it dies with the starter
        time.sleep(0.001)


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
    while True:
        for pid in children_of(os.getpid()):
            os.kill(pid, signal.SIGKILL)
        try:
            os.wait()
        except ChildProcessError:
            return


def keep(spec: dict[str, Any]) -> None:
    """Run the command without a sandbox, and see that nothing it started lives longer than it."""
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
            os.set_inheritable(spec["status"], False)
        become(spec["argv"], spec["env"])
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
    if spec["options"]:
        options = os.memfd_create("options", 0)
        os.write(options, b"".join(os.fsencode(word) + b"\0" for word in spec["options"]))
        os.lseek(options, 0, os.SEEK_SET)
        spec["argv"][1:1] = ["--args", str(options)]
    if spec["keep"]:
        keep(spec)
    become(spec["argv"], spec["env"])


if __name__ == "__main__":
    main()
