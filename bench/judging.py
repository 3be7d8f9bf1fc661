"""Judging and reading: the stop hook, the gate, the grammar, the catalogue, and taking a session up again."""

import asyncio
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec.structs import replace

from bench.measuring import Row, figure, percentile, timed, told, undisturbed, within
from bench.world import World
from interlock.adapters.bubblewrap import Bubblewrap
from interlock.adapters.cedar import CedarAuthorizer
from interlock.adapters.supervisor import Supervisor
from interlock.catalog import entries
from interlock.config import load
from interlock.config.detection import detect
from interlock.core.catalog import Catalog
from interlock.core.events import HookDecided, SessionStarted
from interlock.core.evolve import evolve, replay
from interlock.core.goal import Goal, read
from interlock.core.plan import Act, Proposal
from interlock.core.state import State
from interlock.core.stop_hook import Facts, decide
from interlock.engine.gate import Gate
from interlock.skills.toolbox import Toolbox

SHOP = Path(__file__).parents[1] / "examples" / "shop"
ROUNDS = 7
RESUMED_EVENTS, EVENTS_A_TURN = 1_000, 9
SENTENCES = (
    "Keep fixing the deployment until it passes all tests, but ask me if cost goes above $50.",
    "Fix it until ./check.sh passes, at most 10 tries.",
    "Keep fixing it until pytest passes, but ask me before anything destructive.",
    "Deploy the shop until the smoke test is green; never push to main; stop after 30 minutes.",
)


def decisions(folder: Path) -> Iterator[Row]:
    """`decide` on the facts of a real session."""
    found = asyncio.run(_facts(folder))
    each = timed(lambda: decide(found), 2_000)
    p99 = [percentile(timed(lambda: decide(found), 5_000), 0.99) for _ in range(ROUNDS)]
    yield within("decide, p99", figure(p99), 20e-6)
    yield told("decide, p50", figure([statistics.median(each)]))


def admissions(folder: Path) -> Iterator[Row]:
    """The gate on a real act of the shop and its three checks: real toolbox, real policies."""
    yield within("gate, p50", figure(asyncio.run(_gate(folder, fresh=False))), 0.3e-3)
    yield told("gate, an act unlike any before, p50", figure(asyncio.run(_gate(folder, fresh=True))))


def reading(folder: Path) -> Iterator[Row]:
    """A sentence, and four kilobytes of output that nothing in the catalogue knows."""
    yield within(
        "grammar, a sentence", figure(_medians(lambda: [read(words) for words in SENTENCES], len(SENTENCES))), 5e-3
    )
    catalog, output = Catalog(entries()), _output()
    catalog.match(output)
    yield told("catalogue, 4 KB that nothing matches", figure(_medians(lambda: catalog.match(output), 1)))


def detecting(folder: Path) -> Iterator[Row]:
    """A first look at a repository of fifty thousand files in twenty packages."""
    root = folder / "repository"
    for nth in range(500):
        place = root / f"pkg{nth % 20}" / f"part{nth}"
        place.mkdir(parents=True)
        for name in range(100):
            (place / f"f{name}.py").touch()
    for nth in range(20):
        (root / f"pkg{nth}" / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    rounds = [statistics.median(timed(lambda: detect(root), 3)) for _ in range(ROUNDS)]
    assert len(detect(root).checks) == 19, "as many packages as are looked at, with the root"
    yield within("detection, 50,000 files", figure(rounds), 0.3)


def resuming(folder: Path) -> Iterator[Row]:
    """Reading and folding a session of a thousand events."""
    world = World(folder / "resume")
    yield told("resume, 1,000 events", figure(asyncio.run(_resumed(world))))
    world.close()


async def _facts(folder: Path) -> Facts:
    world = World(folder / "decide")
    session = await world.start(3)
    await world.drive(session)
    decided = [event.data for event in await world.log.read(session) if isinstance(event.data, HookDecided)]
    world.close()
    return decided[0].facts


async def _gate(folder: Path, *, fresh: bool) -> list[float]:
    """Medians of rounds. A fresh act comes from an agent never heard of, so that no earlier answer of Cedar fits."""
    workspace, limits = load(SHOP)
    started = SessionStarted(
        words="", workspace=workspace, limits=limits, principal="ada", roles=("owner",), grants=workspace.skills
    )
    state = replace(evolve(State(), started, "", "ses-bench"), goal=Goal(objective="bench", ask_before=("deploy",)))
    sandbox = Bubblewrap()
    toolbox = Toolbox(workspace, sandbox, Supervisor(folder / "services", sandbox), cache=folder / "cache")
    gate = Gate(toolbox, CedarAuthorizer.load())
    act = Act(skill="files.write", arguments={"path": "config/bench.toml", "content": "limit = 3\n"})
    medians = []
    for turn in range(ROUNDS + 1):
        taken = []
        for nth in range(200):
            agent = f"agent-{turn}-{nth}" if fresh else "executor"
            proposal = Proposal(act=act, agent=agent, why="to measure", expects="nothing")
            began = undisturbed()
            admission = await gate.judge(state, proposal, approved=False)
            taken.append((undisturbed() - began) / 1e9)
            assert admission.verdict.outcome == "allowed", admission.verdict.words
        medians.append(statistics.median(taken))
    return medians[1:]


async def _resumed(world: World) -> list[float]:
    session = await world.start(RESUMED_EVENTS // EVENTS_A_TURN)
    await world.drive(session)
    taken = []
    for _ in range(ROUNDS + 1):
        began = undisturbed()
        state = replay(await world.log.read(session))
        taken.append((undisturbed() - began) / 1e9 * RESUMED_EVENTS / state.version)
    return taken[1:]


def _medians(act: Callable[[], object], parts: int) -> list[float]:
    timed(act, 3)
    return [statistics.median(timed(act, 30)) / parts for _ in range(ROUNDS)]


def _output() -> str:
    """What a long quiet test run prints."""
    lines = (f"tests/test_orders.py::test_order_{nth:03} PASSED [{nth:3}%]" for nth in range(200))
    return "\n".join(lines)[:4096]
