"""Ledgers outside the store: append-only files, one JSON line a write, that a kill can't take back."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

EFFECTS = "effects"  # what skills really did
ACKNOWLEDGED = "acknowledged"  # what `append` promised to have kept
WORDS = "words"  # what people were told was taken
DEATHS = "deaths"  # where a process killed itself
TROUBLE = "trouble"  # what no process should raise
LEDGERS = (EFFECTS, ACKNOWLEDGED, WORDS, DEATHS, TROUBLE)


class Ledgers:
    """The ledgers of one run, in one folder. Each process opens its own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._files = {
            name: os.open(path_of(folder, name), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600) for name in LEDGERS
        }

    def write(self, name: str, *lines: dict[str, Any]) -> None:
        """Append these lines in one write: all of them or none."""
        os.write(self._files[name], b"".join(json.dumps(line).encode() + b"\n" for line in lines))


def path_of(folder: Path, name: str) -> Path:
    """Where a ledger lives."""
    return folder / f"{name}.jsonl"


def lines_of(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    """The lines of a ledger, in the order in which they were written."""
    path = path_of(folder, name)
    if path.exists():
        yield from map(json.loads, path.read_text().splitlines())
