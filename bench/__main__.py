"""`python -m bench [--only NAME] [--json]`: figures against limits and peers, side by side. Ends with 1 when short."""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from bench import durable, judging, remembering, starting
from bench.measuring import Row

ROOT = Path(__file__).parents[1]
GROUPS: dict[str, Callable[[Path], Iterator[Row]]] = {
    "iterations": durable.iterations,
    "crowd": durable.crowd,
    "late": durable.late,
    "decide": judging.decisions,
    "gate": judging.admissions,
    "commands": starting.commands,
    "first-event": starting.first_event,
    "reading": judging.reading,
    "detection": judging.detecting,
    "resume": judging.resuming,
    "memory": remembering.recalling,
}
COLUMNS = "{:<42} {:>10}  {:<34} {:>6}  {:>7}  {:<44} {}"


def main(words: Sequence[str] | None = None) -> int:
    """The exit code: 0 when every row keeps its floor, 1 when one is short."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", choices=GROUPS, help="one group of rows")
    parser.add_argument("--json", action="store_true", help="one object a row, a line each")
    asked = parser.parse_args(words)
    if not asked.json:
        print(COLUMNS.format("name", "ours", "peer or limit", "ratio", "floor", "noise (least – most)", "").rstrip())
    short = 0
    for row in _rows([asked.only] if asked.only else GROUPS):
        print(_as_json(row) if asked.json else _line(row), flush=True)
        short += row.verdict == "short"
    if short and not asked.json:
        print(f"\n{short} short", file=sys.stderr)
    return int(short > 0)


def _rows(names: Iterable[str]) -> Iterator[Row]:
    # beside the project, because /tmp is often memory, on which a commit costs nothing
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=ROOT) as folder:
        for name in names:
            yield from GROUPS[name](Path(folder))


def _line(row: Row) -> str:
    ratio = "–" if row.ratio is None else f"{row.ratio:.2f}"
    floor = "–" if row.floor is None else f"{'≤' if row.at_most else '≥'} {row.floor:g}"
    return COLUMNS.format(row.name, row.ours, row.against, ratio, floor, row.missing or row.noise, row.verdict)


def _as_json(row: Row) -> str:
    return json.dumps(msgspec.to_builtins(row) | {"verdict": row.verdict}, ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(main())
