"""The simulation of learning: seeded, fair to everyone, on the code that ships; its floors bite."""

import pytest

from bench.learning.__main__ import main, missed
from bench.learning.policies import policies
from bench.learning.simulating import Run, Stretch, calibration, simulate
from bench.learning.worlds import FIXES, WORLDS, episodes

STEADY = WORLDS[0]


def test_the_same_seed_gives_the_same_run() -> None:
    assert simulate(STEADY, 1, 1_000) == simulate(STEADY, 1, 1_000)
    assert simulate(STEADY, 1, 1_000) != simulate(STEADY, 2, 1_000)


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_what_ships_loses_less_than_thompson_sampling_and_knows_how_sure_it_is(world) -> None:
    runs = [simulate(world, seed, 1_000) for seed in range(3)]
    assert missed(world.name, runs) == []
    assert sum(run.late.poor for run in runs) < sum(run.early.poor for run in runs)
    assert sum(run.late.sure for run in runs) > sum(run.early.sure for run in runs)


def test_everyone_meets_the_same_failures_and_the_same_luck() -> None:
    assert list(episodes(STEADY, 3, 50)) == list(episodes(STEADY, 3, 50))
    for episode in episodes(STEADY, 3, 50):
        assert all(0 <= policy.choose(episode) < FIXES for policy in policies(3).values())
        assert min(episode.regret(fix) for fix in range(FIXES)) == 0


def test_calibration_is_the_distance_of_what_was_said_from_what_happened() -> None:
    found = calibration([(0.75, True)] * 3 + [(0.75, False)])
    assert (found.ece, found.brier) == (0, pytest.approx(0.1875))
    assert calibration([(0.9, False)] * 4).ece == pytest.approx(0.9)


@pytest.mark.parametrize(("ours", "sure", "says"), [(50, True, "regret"), (9, False, "confidence"), (9, True, "")])
def test_a_floor_that_is_missed_is_named(ours: float, sure: bool, says: str) -> None:
    said = calibration([(1.0, sure)])
    runs = [
        Run(
            world="steady",
            regret={"interlock": {1_000: ours + seed}, "Thompson": {1_000: 40.0 + seed}},
            curve={},
            calibration={1_000: said},
            early=Stretch(0, 0, 0),
            late=Stretch(0, 0, 0),
        )
        for seed in range(3)
    ]
    problems = missed("steady", runs)
    assert [says in problem for problem in problems] == ([True] if says else [])


def test_the_command_tells_every_world_and_fails_where_one_run_proves_nothing(capsys) -> None:
    assert main(["--seeds", "1", "--long-seeds", "0"]) == 1
    said = capsys.readouterr()
    assert all(f"{world.name} " in said.out for world in WORLDS)
    assert "missed: steady: regret at 1,000" in said.err
