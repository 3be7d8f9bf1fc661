"""Running the worlds: everyone meets the same episodes, and what they lose and say is kept at the checkpoints."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from msgspec import Struct

from bench.learning.policies import Interlock, policies
from bench.learning.worlds import WORLDS, World, episodes

CHECKPOINTS = (100, 1_000, 10_000)
SEEDS, LONG_SEEDS = 24, 6
POOR = 0.2
BINS = 10
CURVE = 48


class Calibration(Struct, frozen=True):
    """How the stop hook's confidence agreed with what happened: expected calibration error and Brier score."""

    ece: float
    brier: float


class Stretch(Struct, frozen=True):
    """What changed with use, over a stretch of episodes: shares of first tries that worked, that went to poor fixes
    (ones that work less than one time in five), and the mean confidence."""

    worked: float
    poor: float
    sure: float


class Run(Struct, frozen=True, kw_only=True):
    """One seed of one world. `regret` by policy and checkpoint, `curve` by policy at evenly spaced episodes."""

    world: str
    regret: dict[str, dict[int, float]]
    curve: dict[str, list[tuple[int, float]]]
    calibration: dict[int, Calibration]
    early: Stretch
    late: Stretch


def simulate(world: World, seed: int, count: int) -> Run:
    """`count` episodes of the world, met by everyone."""
    everyone = policies(seed)
    regret = dict.fromkeys(everyone, 0.0)
    at: dict[str, dict[int, float]] = {name: {} for name in everyone}
    curve: dict[str, list[tuple[int, float]]] = {name: [(0, 0.0)] for name in everyone}
    said: list[tuple[float, bool]] = []
    poor: list[bool] = []
    calibrations = {}
    for number, episode in enumerate(episodes(world, seed, count), 1):
        for name, policy in everyone.items():
            fix = policy.choose(episode)
            regret[name] += episode.regret(fix)
            if isinstance(policy, Interlock):
                said.append((policy.sure, episode.works(fix)))
                poor.append(episode.chances[fix] < POOR)
            policy.hear(episode, fix, episode.works(fix))
            if number in CHECKPOINTS:
                at[name][number] = regret[name]
            if number <= 1_000 and number % (1_000 // CURVE) == 0:
                curve[name].append((number, regret[name]))
        if number in CHECKPOINTS:
            calibrations[number] = calibration(said)
    return Run(
        world=world.name,
        regret=at,
        curve=curve,
        calibration=calibrations,
        early=_stretch(said[:100], poor[:100]),
        late=_stretch(said[900:1_000], poor[900:1_000]),
    )


def calibration(said: Sequence[tuple[float, bool]]) -> Calibration:
    """Of (confidence, did it work) pairs: ECE over ten bins of equal width (Guo et al. 2017), and Brier's score."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for sure, worked in said:
        bins[min(BINS - 1, int(sure * BINS))].append((sure, worked))
    off = sum(abs(sum(sure - worked for sure, worked in each)) for each in bins)
    return Calibration(off / len(said), sum((sure - worked) ** 2 for sure, worked in said) / len(said))


def run_all(seeds: int = SEEDS, long_seeds: int = LONG_SEEDS) -> list[Run]:
    """Every world and seed; the first `long_seeds` of each go on to the last checkpoint. In parallel, in order."""
    asked = [
        (world.name, seed, CHECKPOINTS[2] if seed < long_seeds else CHECKPOINTS[1])
        for world in WORLDS
        for seed in range(seeds)
    ]
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        return list(pool.map(_run, *zip(*asked, strict=True)))


def _run(name: str, seed: int, count: int) -> Run:
    return simulate(next(world for world in WORLDS if world.name == name), seed, count)


def _stretch(said: Sequence[tuple[float, bool]], poor: Sequence[bool]) -> Stretch:
    return Stretch(
        sum(worked for _, worked in said) / len(said),
        sum(poor) / len(poor),
        sum(sure for sure, _ in said) / len(said),
    )
