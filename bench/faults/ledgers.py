"""Ledgers outside the store: append-only files, one JSON line a write, that a kill can't take back."""

import contextlib
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
        """Append these lines in one write, on a line of their own whatever a killed writer left before them."""
        os.write(self._files[name], b"".join(b"\n" + json.dumps(line).encode() for line in lines) + b"\n")


def path_of(folder: Path, name: str) -> Path:
    """Where a ledger lives."""
    return folder / f"{name}.jsonl"


def lines_of(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    """The lines of a ledger, in the order in which they were written.

    The kernel may cut a write at a page's end when its process is killed: half a line was not yet written down.
    """
    path = path_of(folder, name)
    for line in path.read_text().splitlines() if path.exists() else ():
        with contextlib.suppress(json.JSONDecodeError):
            if line:
                yield json.loads(line)
