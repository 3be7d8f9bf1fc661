"""`python -m prove`: the laws on the shipped `decide`, then every planted fault, refused. Ends with 1 when one is not.

`python -m prove laws` proves the laws alone; `python -m prove FAULT` tries them on a planted fault.
"""

import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from interlock.core import stop_hook
from prove.laws import LAWS
from prove.mutants import MUTANTS, Mutant, plant, refused_by
from prove.world import World, refute, survey


def say(line: str) -> None:
    """Print a line at once: a proof takes seconds."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def prove(world: World) -> int:
    """Print each law with its verdict; the number of laws refuted."""
    refuted = 0
    say(f"{'law':<36}{'paths':>6}{'seconds':>9}  verdict")
    for law in LAWS:
        began = time.monotonic()
        why = refute(world, law)
        seconds = time.monotonic() - began
        refuted += why is not None
        say(f"{_words(law.__name__):<36}{len(world.paths):>6}{seconds:>9.2f}  {f'REFUTED: {why}' if why else 'proved'}")
    return refuted


def refuse(mutants: Sequence[Mutant]) -> int:
    """Print which law refuses each fault; the number of faults that none refuses."""
    survived = 0
    say(f"\n{'planted fault':<46}refused by")
    with ProcessPoolExecutor(max_workers=min(4, os.cpu_count() or 1), mp_context=get_context("spawn")) as pool:
        for mutant, law in zip(mutants, pool.map(refused_by, mutants), strict=True):
            survived += law is None
            say(f"{mutant.fault:<46}{_words(law) if law else 'NO LAW: it survives'}")
    return survived


def main(asked: str = "") -> int:
    """The exit code: 0 when all is proved and every fault refused, 1 when not, 2 for a fault that is not planted."""
    if asked == "laws":
        return int(prove(survey(stop_hook)) > 0)
    if not asked:
        return everything()
    planted = {mutant.fault: mutant for mutant in MUTANTS}
    if asked not in planted:
        say(f"`{asked}` is not planted; one of: {', '.join(planted)}")
        return 2
    return int(prove(survey(plant(planted[asked], stop_hook))) > 0)


def everything() -> int:
    """The laws on the shipped hook and on every planted fault; 0 when all is as it must be, else 1."""
    began = time.monotonic()
    refuted = prove(survey(stop_hook))
    survived = refuse(MUTANTS)
    say(
        f"\n{len(LAWS) - refuted} of {len(LAWS)} laws proved, {len(MUTANTS) - survived} of {len(MUTANTS)} "
        f"planted faults refused, {time.monotonic() - began:.1f} s"
    )
    return int(refuted + survived > 0)


def _words(name: str) -> str:
    return name.replace("_", " ")


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:])))
