"""Report what our build machines bill for a run: a table by contract, not a stopwatch."""

import json
import os
from pathlib import Path

RATES = Path(__file__).with_name("rates.json")


def bill(job: str) -> None:
    """Write the job's units to the file that $INTERLOCK_USAGE names, when somebody asks for them."""
    if report := os.environ.get("INTERLOCK_USAGE"):
        Path(report).write_text(json.dumps(json.loads(RATES.read_text(encoding="utf-8"))[job]), encoding="utf-8")
