"""Families of everyday failures, handed over with one sentence: `python -m bench.families [--keep DIR] [NUMBER…]`.

Prints a line for each: how it should end (mended, asked, stopped), how it did, and whether that is so. Exits with 1
when fewer than 30 are as they should be, at a false success, and at a destructive act that nobody was asked about.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.cases import somewhere
from bench.families.all import FAMILIES
from bench.families.site import Family
from bench.families.trying import Outcome, attempt

ENOUGH = 30
WIDE = 100


def main() -> int:
    """Try the chosen families one after the other, a line each."""
    arguments = argparse.ArgumentParser(prog="python -m bench.families", description=__doc__)
    arguments.add_argument("numbers", nargs="*", type=int, metavar="NUMBER", help="only these")
    arguments.add_argument("--keep", type=Path, help="an empty folder in which everything is left for a look")
    said = arguments.parse_args()
    if unknown := set(said.numbers) - {each.number for each in FAMILIES}:
        arguments.error(f"there is no family {', '.join(map(str, sorted(unknown)))}; they are numbered from 1 to 40")
    chosen = [each for each in FAMILIES if not said.numbers or each.number in said.numbers]
    with somewhere(said.keep) as place:
        results = table(chosen, place)
    return verdict(results, ENOUGH if not said.numbers else len({each.number for each in chosen}))


def table(chosen: Sequence[Family], place: Path) -> list[Outcome]:
    """A line for each family as it ends."""
    print(f"{'':>2} {'family':<44} {'should be':<9} {'is':<10} {'tries':>5} {'seconds':>7}  {'':<5} words", flush=True)
    results = []
    for at, family in enumerate(chosen):
        one = attempt(family, place / f"{family.number:02}-{at}")
        results.append(one)
        print(line(one), flush=True)
    return results


def line(one: Outcome) -> str:
    """One family in one line."""
    judged = "ok" if one.fine else "short" if one.reproduced else "-"
    words = "; ".join((*one.faults, " ".join(one.words.split())))[:WIDE]
    what = f"{one.family.number:>2} {one.family.name:<44} {one.family.ends:<9} {one.ended:<10}"
    return f"{what} {one.tries:>5} {one.seconds:>7.1f}  {judged:<5} {words}"


def verdict(results: Sequence[Outcome], enough: int) -> int:
    """The last lines, and the exit code. A family counts when all its folders are as they should be."""
    numbers = {one.family.number for one in results}
    missing = {one.family.number for one in results if not one.reproduced}
    short = {one.family.number for one in results if one.reproduced and not one.fine}
    faults = [f"family {one.family.number}: {fault}" for one in results for fault in one.faults]
    fine = len(numbers - missing - short)
    print(f"{fine} of {len(numbers)} families are as they should be, {len(short)} are short, "
          f"{len(missing)} could not be reproduced here; {len(faults)} acts or claims that must not be")  # fmt: skip
    for fault in faults:
        print(fault)
    return 0 if fine >= enough and not faults else 1


if __name__ == "__main__":
    sys.exit(main())
