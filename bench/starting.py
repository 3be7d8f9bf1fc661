"""What a person waits for: the command's start, `ls` on a full store, the first event of a run. Whole processes."""

import asyncio
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from bench.measuring import Row, figure, span, spread, within
from bench.world import World
from interlock.core.commands import Stop

INTERLOCK = Path(sys.executable).with_name("interlock")
STORED, ROUNDS = 200, 9
SENTENCE = "Keep fixing it until ./check.sh passes, but ask me before anything destructive."


def commands(folder: Path) -> Iterator[Row]:
    """`--version` beside a bare interpreter, and `ls` on a store of many sessions."""
    home = {"INTERLOCK_HOME": str(folder / "full")}
    asyncio.run(_fill(folder / "full"))
    bare, version, listing = [], [], []
    cpu_before = _cpu_of_children()
    for _ in range(ROUNDS + 1):
        bare.append(_seconds([sys.executable, "-c", "pass"], home))
        version.append(_seconds([INTERLOCK, "--version"], home))
        listing.append(_seconds([INTERLOCK, "ls"], home))
    more = figure([ours - theirs for ours, theirs in zip(version[1:], bare[1:], strict=True)])
    limit = 0.15
    yield Row(
        name="interlock --version",
        ours=f"{span(figure(version[1:]).typical)}",
        against=f"python -c pass {span(figure(bare[1:]).typical)} + {span(limit)}",
        ratio=more.typical / limit,
        floor=1.0,
        noise=f"{spread(more)} more",
    )
    row = within(f"interlock ls, {STORED} sessions", figure(listing[1:]), 0.4)
    cpu = (_cpu_of_children() - cpu_before) / (ROUNDS + 1)
    yield replace(row, noise=f"{row.noise}; CPU of all three {span(cpu)}")


def first_event(folder: Path) -> Iterator[Row]:
    """From the command line to the first committed event on its output."""
    name, limit = "first event of a run", 1.0
    taken = []
    for nth in range(ROUNDS + 1):
        try:
            taken.append(_to_first_event(folder / f"run-{nth}"))
        except RuntimeError as problem:
            yield Row(name=name, against=f"limit {span(limit)}", missing=str(problem))
            return
    yield within(name, figure(taken[1:]), limit)


async def _fill(home: Path) -> None:
    world = World(home)
    for nth in range(STORED):
        session = await world.start(1)
        if nth % 2:
            await world.tell(session, Stop())
    world.close()


def _to_first_event(folder: Path) -> float:
    workspace = folder / "workspace"
    workspace.mkdir(parents=True)
    check = workspace / "check.sh"
    check.write_text("#!/bin/sh\nexit 0\n")
    check.chmod(0o755)
    env = os.environ | {"INTERLOCK_HOME": str(folder / "home")}
    asked: list[str | Path] = [INTERLOCK, "run", SENTENCE, "--workspace", workspace, "--json", "--non-interactive"]
    began = time.perf_counter()
    with subprocess.Popen(asked, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        line = process.stdout.readline()
        taken = time.perf_counter() - began
        process.stdout.read()
        said = process.stderr.read().decode().strip()
    shutil.rmtree(folder)
    if not line:
        raise RuntimeError(said.splitlines()[0] if said else "the run printed no event")
    return taken


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _seconds(asked: Sequence[str | Path], more: Mapping[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(asked, env=os.environ | more, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began
