"""Packages that really drifted apart, repaired from one sentence: `python -m bench.cases [--public | --own] [CASE…]`.

Each case is a folder with `requirements.txt` or `package.json`, `.venv`, `app.py` and `check.sh`, and a store of its
own. All public cases and all drifts of our own, which the remedies were never tuned on; then all of it once more, with
the memory of the first time. A try is one proposal carried out and checked. Ends with 1 when a floor is short.
"""

import argparse
import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from bench.breakages import BIN, CASES, OWN, Case, Skipped, Unprepared, cases, prepare, run
from interlock.core.events import AnyEvent, LessonLearned, SessionEnded, SkillCalled, StepReviewed, decode

WORDS = "Keep fixing it until ./check.sh passes, but ask me before anything destructive."
FALSE = "claims success, and its check fails"
LONGEST_CASE, LONGEST_PUBLIC = 300.0, 180.0
LINE = "{:<26} {:<20} {:>5} {:>8}  {}"


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of a case: `success`, how it ended else, or `skipped`. `remedy` names the fixes that worked."""

    case: str
    outcome: str
    tries: int = 0
    seconds: float = 0.0
    remedy: str = ""


class Floor(Struct, frozen=True, kw_only=True):
    """What a table must reach, and whether it does."""

    words: str
    kept: bool


def attempt(case: Case, place: Path, home: Path) -> Outcome:
    """Prepare the case in an empty folder, hand it over, and look for oneself whether its check passes now.

    `home` is the store's folder: whoever shares it remembers.
    """
    try:
        folder = prepare(case, place)
    except Skipped as missing:
        return Outcome(case=case.case, outcome="skipped", remedy=str(missing))
    except Unprepared as problem:
        return Outcome(case=case.case, outcome="not prepared", remedy=str(problem))
    began = time.monotonic()
    command = [str(BIN / "interlock"), "run", WORDS, "--workspace", str(folder), "--non-interactive", "--json"]
    done = run(command, folder, {"INTERLOCK_HOME": str(home)})
    seconds = time.monotonic() - began
    events = [decode(line.encode()).data for line in done.stdout.splitlines()]
    outcome = ended(events, done)
    if outcome == "success" and run(["./check.sh"], folder).returncode != 0:
        outcome = FALSE
    tries = sum(isinstance(each, SkillCalled) and each.proposal.fix is not None for each in events)
    return Outcome(case=case.case, outcome=outcome, tries=tries, seconds=seconds, remedy=remedy(events))


def ended(events: Sequence[AnyEvent], done: subprocess.CompletedProcess[str]) -> str:
    """How the session ended, or that it waits, or why there was none."""
    for each in reversed(events):
        if isinstance(each, SessionEnded):
            return each.outcome
    if done.returncode == 10:
        return "asks"
    return f"exit code {done.returncode}: {done.stderr.strip()[-200:]}"


def remedy(events: Sequence[AnyEvent]) -> str:
    """The fixes that worked; where none did, what still fails."""
    worked = [each.lesson.fix for each in events if isinstance(each, LessonLearned) and each.lesson.worked]
    failing = [each.failure.signature for each in events if isinstance(each, StepReviewed) and each.failure]
    return ", ".join(worked) or (f"still: {failing[-1]}" if failing else "")


@contextlib.contextmanager
def somewhere(kept: Path | None) -> Iterator[Path]:
    """The folder to work in: one that is kept, or one that is gone afterwards."""
    if kept is not None:
        yield kept.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="interlock-cases-") as made:
        yield Path(made)


def main(words: Sequence[str] | None = None) -> int:
    """Try the cases one after the other, a line each; all of them, and twice, where none is named."""
    parser = argparse.ArgumentParser(prog="python -m bench.cases", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="CASE", help="only these, once; all of them must be repaired")
    parser.add_argument("--public", action="store_true", help=f"only {CASES.name}")
    parser.add_argument("--own", action="store_true", help=f"only {OWN.name}")
    parser.add_argument("--keep", type=Path, help="an empty folder in which everything is left for a look")
    said = parser.parse_args(words)
    public = () if said.own else tuple(cases(CASES))
    own = () if said.public else tuple(cases(OWN))
    if unknown := set(said.names) - {each.case for each in (*public, *own)}:
        parser.error(f"no case is called {', '.join(sorted(unknown))}; {CASES.name} and {OWN.name} have them")
    with somewhere(said.keep) as place:
        if said.names:
            first = table([each for each in (*public, *own) if each.case in said.names], place, "first")
            return 0 if succeeded(first) == len(tried(first)) > 0 else 1
        return whole(public, own, place)


def whole(public: Sequence[Case], own: Sequence[Case], place: Path) -> int:
    """Both lists, and both once more; then the floors."""
    first: list[Outcome] = []
    floors: list[Floor] = []
    for title, listed, reaches in (("public cases", public, public_floors), ("drifts of our own", own, own_floors)):
        if listed:
            print(f"\n{title}, nothing remembered")
            found = table(listed, place, "first")
            floors += reaches(found)
            first += found
    print("\nall of it once more, with the memory of the first time")
    again = table((*public, *own), place, "again")
    floors += second_floors(first, again)
    print()
    for each in floors:
        print(f"{'ok   ' if each.kept else 'SHORT'}  {each.words}")
    return 0 if all(each.kept for each in floors) else 1


def table(chosen: Sequence[Case], place: Path, turn: str) -> list[Outcome]:
    """A line for each case as it ends, and one for all: what could not be tried here is counted, and no failure."""
    print(LINE.format("case", "outcome", "tries", "seconds", "remedy"), flush=True)
    results: list[Outcome] = []
    for case in chosen:
        one = attempt(case, place / case.case / turn, place / case.case / "home")
        results.append(one)
        print(LINE.format(one.case, one.outcome, one.tries, f"{one.seconds:.1f}", one.remedy), flush=True)
    skipped = f", {len(results) - len(tried(results))} skipped" if len(tried(results)) < len(results) else ""
    soon = f"{succeeded(results, 2)} in at most 2 tries, {succeeded(results, 4)} in 4"
    seconds = sum(one.seconds for one in results)
    print(
        f"{succeeded(results)} of {len(tried(results))} end in success ({soon}){skipped}, {seconds:.0f} s", flush=True
    )
    return results


def tried(results: Sequence[Outcome]) -> list[Outcome]:
    """Those that this machine can try."""
    return [one for one in results if one.outcome != "skipped"]


def succeeded(results: Sequence[Outcome], tries: int | None = None) -> int:
    """How many ended in success, in so many tries at most."""
    return sum(one.outcome == "success" and (tries is None or one.tries <= tries) for one in results)


def public_floors(results: Sequence[Outcome]) -> tuple[Floor, ...]:
    """All but one in two tries, and all of them together in three minutes."""
    seconds = sum(one.seconds for one in results)
    return (
        *_always(results),
        Floor(
            words=f"all public cases but one in at most 2 tries: {succeeded(results, 2)} of {len(tried(results))}",
            kept=len(tried(results)) > 1 and succeeded(results, 2) >= len(tried(results)) - 1,
        ),
        Floor(
            words=f"the public cases together in {LONGEST_PUBLIC:.0f} s: {seconds:.0f} s",
            kept=seconds <= LONGEST_PUBLIC,
        ),
    )


def own_floors(results: Sequence[Outcome]) -> tuple[Floor, ...]:
    """Three quarters in two tries, nine of ten in four."""
    of = len(tried(results))
    shares = ((2, succeeded(results, 2), 0.75), (4, succeeded(results, 4), 0.9))
    return (
        *_always(results),
        *(
            Floor(words=f"{share:.0%} of our own in at most {tries} tries: {n} of {of}", kept=0 < share * of <= n)
            for tries, n, share in shares
        ),
    )


def second_floors(first: Sequence[Outcome], again: Sequence[Outcome]) -> tuple[Floor, ...]:
    """What is remembered saves tries, and nothing that was repaired once is not repaired again."""
    both = [pair for pair in zip(first, again, strict=True) if all(one.outcome == "success" for one in pair)]
    before, after = sum(one.tries for one, _ in both), sum(one.tries for _, one in both)
    return (
        *_always(again),
        Floor(words=f"fewer tries the second time: {before}, then {after}", kept=after < before),
        Floor(
            words=f"no fewer repaired the second time: {succeeded(first)}, then {succeeded(again)}",
            kept=succeeded(again) >= succeeded(first),
        ),
    )


def _always(results: Sequence[Outcome]) -> tuple[Floor, ...]:
    false = [one.case for one in results if one.outcome == FALSE]
    longest = max((one.seconds for one in results), default=0.0)
    return (
        Floor(words=f"no false success: {', '.join(false) or 'none'}", kept=not false),
        Floor(words=f"each in {LONGEST_CASE:.0f} s: the longest took {longest:.0f} s", kept=longest <= LONGEST_CASE),
    )


if __name__ == "__main__":
    sys.exit(main())
