"""`python -m bench.learning [--plot FILE] [--json]`: the tables of learning, and 1 where a floor is missed.

Floors, at 1,000 episodes: in every world no more regret than Thompson sampling, by a paired interval that lies below 0,
and confidence that is calibrated to 0.08.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Sequence
from math import sqrt
from pathlib import Path

from bench.learning.plot import plot
from bench.learning.simulating import CHECKPOINTS, LONG_SEEDS, SEEDS, Run, run_all
from bench.learning.worlds import FAILURES, FIXES, WORLDS

FLOOR_AT = 1_000
ECE_FLOOR = 0.08
OURS, RIVAL = "interlock", "Thompson"


def main(words: Sequence[str] | None = None) -> int:
    """The exit code: 0 when every floor is kept, 1 when one is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.learning", description=__doc__)
    parser.add_argument("--plot", type=Path, help="write the plot here (SVG)")
    parser.add_argument("--json", action="store_true", help="one object instead of tables")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="runs of each world to 1,000 episodes")
    parser.add_argument("--long-seeds", type=int, default=LONG_SEEDS, help="how many of them go on to 10,000")
    asked = parser.parse_args(words)
    runs = run_all(asked.seeds, asked.long_seeds)
    problems = [problem for world in WORLDS for problem in missed(world.name, _of(runs, world.name))]
    if asked.plot:
        asked.plot.write_text(plot(runs))
    if asked.json:
        print(json.dumps({"worlds": [_figures(world.name, runs) for world in WORLDS], "missed": problems}))
    else:
        _print(runs)
    for problem in problems:
        print(f"missed: {problem}", file=sys.stderr)
    return int(bool(problems))


def difference(runs: Sequence[Run], at: int) -> tuple[float, float]:
    """Our regret less Thompson's, paired by seed: the mean, and half its 95 % interval (normal approximation)."""
    found = [run.regret[OURS][at] - run.regret[RIVAL][at] for run in runs if at in run.regret[OURS]]
    half = 1.96 * statistics.stdev(found) / sqrt(len(found)) if len(found) > 1 else float("inf")
    return statistics.fmean(found), half


def ece(runs: Sequence[Run], at: int) -> float:
    """The mean expected calibration error of the runs."""
    return statistics.fmean(run.calibration[at].ece for run in runs if at in run.calibration)


def missed(name: str, runs: Sequence[Run]) -> list[str]:
    """The floors that the runs of a world miss, in words."""
    mean, half = difference(runs, FLOOR_AT)
    off = ece(runs, FLOOR_AT)
    problems = []
    if mean + half > 0:
        problems.append(
            f"{name}: regret at {FLOOR_AT:,} is {mean:+.1f} ± {half:.1f} against Thompson's; it must be less"
        )
    if off > ECE_FLOOR:
        problems.append(f"{name}: the confidence is off by {off:.3f} at {FLOOR_AT:,}; at most {ECE_FLOOR} is allowed")
    return problems


def _print(runs: Sequence[Run]) -> None:
    print(f"{FAILURES} failures, {FIXES} fixes each; regret: tries lost against always choosing the best fix first\n")
    heads = ("world", "episodes", "interlock", "Thompson", "UCB", "static", "against Thompson", "ECE", "Brier")
    line = "{:<24} {:>8}  {:>9} {:>9} {:>7} {:>7}  {:>16}  {:>6} {:>6}"
    print(line.format(*heads))
    for world in WORLDS:
        for row in _figures(world.name, runs)["rows"]:
            regret = [f"{row['regret'][name]:.0f}" for name in (OURS, RIVAL, "UCB", "static")]
            against = f"{row['difference']:+.1f} ± {row['half_interval']:.1f}"
            print(
                line.format(
                    world.name, f"{row['episodes']:,}", *regret, against, f"{row['ece']:.3f}", f"{row['brier']:.3f}"
                )
            )
    print("\nwith use, in the first 100 episodes → the last 100 of 1,000:")
    for world in WORLDS:
        early, late = ([getattr(run, when) for run in _of(runs, world.name)] for when in ("early", "late"))
        told = [
            f"{words} {statistics.fmean(getattr(one, name) for one in early):.0%} → "
            f"{statistics.fmean(getattr(one, name) for one in late):.0%}"
            for name, words in (("worked", "first try works"), ("sure", "confidence"), ("poor", "tries of poor fixes"))
        ]
        print(f"  {world.name:<24} {' · '.join(told)}")


def _figures(name: str, runs: Sequence[Run]) -> dict:
    rows = []
    for at in CHECKPOINTS:
        reached = [run for run in _of(runs, name) if at in run.calibration]
        if reached:
            mean, half = difference(reached, at)
            rows.append(
                {
                    "episodes": at,
                    "seeds": len(reached),
                    "regret": {
                        one: statistics.fmean(run.regret[one][at] for run in reached) for one in reached[0].regret
                    },
                    "difference": mean,
                    "half_interval": half,
                    "ece": ece(reached, at),
                    "brier": statistics.fmean(run.calibration[at].brier for run in reached),
                }
            )
    return {"world": name, "rows": rows}


def _of(runs: Sequence[Run], name: str) -> list[Run]:
    return [run for run in runs if run.world == name]


if __name__ == "__main__":
    sys.exit(main())
