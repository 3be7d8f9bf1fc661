"""The catalogue: list and lint its entries, the organisation's own among them, and see which one claims a text."""

import sys
from pathlib import Path

from interlock.agents.debugger.strategies import STRATEGIES
from interlock.bootstrap import home, known_failures
from interlock.cli.failing import BadInput
from interlock.core.catalog import Catalog
from interlock.core.catalog import lint as lint_entries
from interlock.core.fingerprint import failure
from interlock.skills.toolbox import BUILT_IN


def list() -> int:
    """List every entry by its id: how risky its remedy is, and what it means; your own follow the shipped ones.

    Example: `interlock catalog list`
    """
    for entry in known_failures(home()):
        print(f"{entry.id:<26} {entry.risk:<5} {entry.title}")
    return 0


def lint() -> int:
    """Check every entry: patterns that can't run away, skills that exist, examples that match their entry alone.

    Your own entries in `$INTERLOCK_HOME/catalog` are checked with the shipped ones.

    Example: `interlock catalog lint`
    """
    found = known_failures(home())
    problems = lint_entries(found, skills=(skill.name for skill in BUILT_IN), strategies=STRATEGIES)
    for problem in problems:
        print(problem)
    print(f"{len(found)} entries, {len(problems)} problems")
    return 2 if problems else 0


def match(file: Path, /) -> int:
    """Say which entry claims the output in a file, and what it captured. Exit code 2 when none does.

    Examples: `interlock catalog match output.txt` · `pytest 2>&1 | interlock catalog match -`

    :param file: A file with a failed command's output; - for standard input.
    """
    text = _text(file)
    seen = failure("file", text, None)
    print(f"fingerprint  {seen.fingerprint}\nsignature    {seen.signature}")
    found = Catalog(known_failures(home())).match(seen.output)
    if found is None:
        print("no entry claims it; `docs/how-to/write-a-catalogue-entry.md` says how to write one")
        return 2
    print(f"entry        {found.entry.id}: {found.entry.title}")
    for name, value in found.captures.items():
        print(f"  {name} = {value}")
    return 0


def _text(file: Path) -> str:
    if str(file) == "-":
        return sys.stdin.read()
    try:
        return file.read_text(errors="replace")
    except OSError as problem:
        raise BadInput(f"`{file}` can't be read ({problem.strerror})") from problem
