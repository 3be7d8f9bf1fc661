"""`python -m bench.faults`: 1,000 kills on the product as it is, then the same with each rule removed on purpose.

Ends with 1 when a property is broken, or when a removed rule goes unnoticed. `--mutant NAME` runs with that rule
removed, as any run: it must end with 1. A failing run leaves its store and ledgers, and says where.
"""

import shutil
import sys
import tempfile
from pathlib import Path

import cyclopts
import msgspec

from bench.faults.checker import PROPERTIES
from bench.faults.mutants import MUTANTS, Mutant
from bench.faults.replaying import IDENTICAL, SEALED
from bench.faults.run import Outcome, run

ROUNDS, KILLS_A_ROUND = 5, 80
SHOWN = 5


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What `--json` prints: the run, and what each mutant was noticed by ("" when by nothing)."""

    run: Outcome | None = None
    mutants: dict[str, str] = {}
    ok: bool


def main(*, kills: int = 1000, seed: int = 1, mutant: str = "", mutants: bool = True, json: bool = False) -> int:
    """Kill, check, and see whether removed rules are noticed.

    Parameters
    ----------
    kills
        How many processes to kill.
    seed
        Makes the sessions, the people's words and the deaths; what the kernel interleaves differs each time.
    mutant
        Remove this rule, and run without it: write-ahead, unfenced, approval-reuse, cap-unchecked and others.
    mutants
        Whether to try every removed rule after the run.
    json
        Print one JSON object instead of tables.
    """
    if mutant and mutant not in {known.name for known in MUTANTS}:
        _say(f"`{mutant}` is not a rule to remove; one of: {', '.join(known.name for known in MUTANTS)}")
        return 2
    outcome = _one_run(seed, kills, mutant, keep=not mutant, quiet=json)
    if not json:
        _show(outcome)
    noticed = {} if mutant or not mutants else _try_mutants(seed, quiet=json)
    ok = not outcome.broken and all(noticed.values())
    if json:
        _say(msgspec.json.encode(Report(run=outcome, mutants=noticed, ok=ok)).decode())
    return int(not ok)


def _one_run(seed: int, kills: int, mutant: str, *, keep: bool, quiet: bool) -> Outcome:
    folder = Path(tempfile.mkdtemp(prefix="interlock-faults-"))
    progress = _Progress(kills, quiet=quiet or not sys.stderr.isatty())
    outcome = None
    try:
        outcome = run(folder, seed=seed, kills=kills, mutant=mutant, on_kill=progress.show)
    finally:
        progress.clear()
        if not keep or (outcome is not None and not outcome.broken):
            shutil.rmtree(folder, ignore_errors=True)
        else:
            sys.stderr.write(f"the store and the ledgers of this run are left in {folder}\n")
    return outcome


def _try_mutants(seed: int, *, quiet: bool) -> dict[str, str]:
    """Run each mutant until it is noticed, a few rounds at most. The property that noticed it, by mutant."""
    noticed: dict[str, str] = {}
    if not quiet:
        _say(f"\n{'a rule removed on purpose':<74}{'kills':>6}  noticed by")
    for mutant in MUTANTS:
        kills, noticed[mutant.name] = _try_mutant(mutant, seed, quiet=quiet)
        if not quiet:
            verdict = noticed[mutant.name] or f"NOTHING: `{mutant.noticed_by}` held"
            _say(f"{mutant.name + ': ' + mutant.what:<74.74}{kills:>6}  {verdict}")
    return noticed


def _try_mutant(mutant: Mutant, seed: int, *, quiet: bool) -> tuple[int, str]:
    kills = 0
    for number in range(ROUNDS):
        outcome = _one_run(seed + number, KILLS_A_ROUND, mutant.name, keep=False, quiet=quiet)
        kills += outcome.kills
        if mutant.noticed_by in outcome.broken:
            return kills, mutant.noticed_by
    return kills, ""


def _show(outcome: Outcome) -> None:
    removed = f", without `{outcome.mutant}`" if outcome.mutant else ""
    _say(f"seed {outcome.seed}{removed}: {outcome.kills} killed, {outcome.seconds:.0f} s")
    own = sum(outcome.points.values())
    _say(f"  {outcome.kills - own} at a random moment, {own} by their own hand")
    _say(f"  besides {outcome.frozen} frozen past their lease, {outcome.left} asked to leave")
    _say("  " + " · ".join(f"{point} {count}" for point, count in outcome.points.items()))
    _say(
        f"  {outcome.sessions} sessions, {outcome.events} events ({outcome.acknowledged} acknowledged), "
        f"{outcome.effects} effects, {outcome.lost_calls} calls lost, {outcome.answers} answers"
    )
    _say("  " + " · ".join(f"{name or 'unfinished'} {count}" for name, count in outcome.outcomes.items()) + "\n")
    for name in (*PROPERTIES, IDENTICAL, SEALED):
        problems = outcome.broken.get(name, [])
        _say(f"{name:<56}{f'BROKEN {len(problems)} times' if problems else 'holds'}")
        for problem in problems[:SHOWN]:
            _say(f"    {problem:.300}")


class _Progress:
    """One line that is overwritten, on a terminal."""

    def __init__(self, kills: int, *, quiet: bool) -> None:
        self._kills = kills
        self._quiet = quiet

    def show(self, killed: int) -> None:
        """So many are killed by now."""
        if not self._quiet:
            sys.stderr.write(f"\r{killed} of {self._kills} killed ")
            sys.stderr.flush()

    def clear(self) -> None:
        """Leave no trace of it."""
        if not self._quiet:
            sys.stderr.write("\r\x1b[K")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    cyclopts.run(main)
