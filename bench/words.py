"""Sentences, and the reading that a careful person would give: `python -m bench.words [--all]`.

Each row goes through `interlock read --json`. A limit, an ask line, a prohibition or a criterion that
is wrong, lost or invented, or a reading where a question or a refusal is due, is fatal (0 allowed); a question where a
careful person would read is tolerated (at most one in ten). Ends with 1 when short.
"""

import argparse
import contextlib
import io
import json
import re
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct

from interlock.cli.setting_up import read

CORE = Path(__file__).resolve().parent.parent / "tests" / "core"
SHARED, MORE = CORE / "commands.jsonl", CORE / "more_commands.jsonl"
TOLERATED = 0.1
EXACT = ("ask_above_usd", "cap_usd", "max_iterations", "max_minutes")
IDLE = frozenset("the a an our my it its this that us so is are to and for of whatever what".split())  # noqa: SIM905


class Score(Struct, frozen=True, kw_only=True):
    """How one sentence was read: `exact`, `tolerated` or `fatal`, and what differs from what was wanted."""

    say: str
    grade: Literal["exact", "tolerated", "fatal"]
    differs: tuple[str, ...] = ()


def rows(listed: Path) -> list[dict[str, Any]]:
    """The sentences of a file, each with the reading that is wanted."""
    return [json.loads(line) for line in listed.read_text(encoding="utf-8").splitlines()]


def score(row: dict[str, Any]) -> Score:
    """Read one sentence as the command does, and compare every field that its `expect` makes certain."""
    found = reading(str(row["say"]))
    unequal = (f"expect {row['expect']}, found {found['expect']}",) if found["expect"] != row["expect"] else ()
    if row["expect"] != "read":
        return _scored(row, "fatal" if found["expect"] == "read" else "exact", unequal)
    if found["expect"] == "ask":
        return _scored(row, "tolerated", (*unequal, *found["questions"]))
    wrong = tuple(
        f"{name} {row.get(name)}, found {found[name]}"
        for name in (*EXACT, "until", "ask_before", "never")
        if comparable(name, row.get(name)) != comparable(name, found[name])
    )
    if unequal or wrong:
        return _scored(row, "fatal", unequal + wrong)
    loosely = () if same_work(row["goal"], found["goal"]) else (f"goal `{row['goal']}`, found `{found['goal']}`",)
    return _scored(row, "exact", loosely)


def _scored(row: dict[str, Any], grade: Literal["exact", "tolerated", "fatal"], differs: tuple[str, ...]) -> Score:
    return Score(say=str(row["say"]), grade=grade, differs=differs)


def reading(words: str) -> dict[str, Any]:
    """What `interlock read --json` prints; its exit code must say the same as its `expect`."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        code = read(words, json=True)
    found: dict[str, Any] = json.loads(printed.getvalue())
    assert (code == 0) == (found["expect"] == "read") and code in (0, 2), f"exit code {code}: {found}"
    return found


def comparable(name: str, value: Any) -> object:
    """A field in the form in which it is compared: lists without order, acts in words by their number."""
    if name in EXACT:
        return value if value is None else float(value)
    return sorted("act" if each.startswith("act:") else each for each in value or ())


def same_work(wanted: str, found: str) -> bool:
    """Whether two goals have the same verb and the same object: small words, quotes and order aside."""
    (verb, *_), (other, *_) = (re.findall(r"\w+", goal) or [""] for goal in (wanted, found))
    things, others = (set(re.findall(r"[\w.]+", goal.casefold())) - IDLE for goal in (wanted, found))
    return verb.casefold() == other.casefold() and (things <= others or others <= things)


def main(words: Sequence[str] | None = None) -> int:
    """Print what differs and the score of each list; 1 when a row is fatal or more than a tenth only asks."""
    parser = argparse.ArgumentParser(prog="python -m bench.words", description=__doc__)
    parser.add_argument("--all", action="store_true", help="every row, not only those that differ")
    said = parser.parse_args(words)
    return max(told(listed, every=said.all) for listed in (SHARED, MORE))


def told(listed: Path, *, every: bool) -> int:
    """Print one list; the exit code that it deserves."""
    scores = [score(row) for row in rows(listed)]
    for one in scores:
        if every or one.differs:
            print(f"{one.grade:<10} {one.say[:110]!r}")
            print("".join(f"{'':<11}{each}\n" for each in one.differs), end="")
    count = Counter(one.grade for one in scores)
    unlike = sum(one.grade == "exact" and bool(one.differs) for one in scores)
    print(
        f"{listed.name}: {len(scores)} sentences, {count['fatal']} fatal (0 allowed), {count['tolerated']} tolerated "
        f"(at most {int(len(scores) * TOLERATED)}), {unlike} differ in what is not scored\n"
    )
    return int(count["fatal"] > 0 or count["tolerated"] > len(scores) * TOLERATED)


if __name__ == "__main__":
    sys.exit(main())
