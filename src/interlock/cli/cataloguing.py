"""The catalogue: list, lint and try out its entries, the organisation's own too, and see which one claims a text."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from msgspec.json import encode

from interlock.agents.debugger.strategies import STRATEGIES
from interlock.bootstrap import home, known_failures
from interlock.catalog import entries
from interlock.catalog.own import vetted
from interlock.catalog.trial import Trial, try_out
from interlock.cli.failing import BadInput
from interlock.core.catalog import Catalog
from interlock.core.catalog import lint as lint_entries
from interlock.core.fingerprint import failure
from interlock.skills.toolbox import NAMES, misfit

JsonFlag = Annotated[bool, Parameter(name="--json", negative="")]


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
    problems = lint_entries(found, skills=NAMES, strategies=STRATEGIES)
    for problem in problems:
        print(problem)
    print(f"{len(found)} entries, {len(problems)} problems")
    return 2 if problems else 0


def test(folder: Path | None = None, /, *, json: JsonFlag = False) -> int:
    """Try every entry out: its examples are matched against all entries, its fixes filled in with what they capture.

    Without a folder these are the shipped entries and your own. Exit code 2 when something is wrong.

    Examples: `interlock catalog test` · `interlock catalog test ./entries --json`

    :param folder: A folder of your entries; each is judged beside the shipped ones.
    :param json: One object an entry, with its problems.
    """
    shipped = entries()
    if folder is not None and not folder.is_dir():
        raise BadInput(f"`{folder}` is no folder; name one that holds entries, such as `$INTERLOCK_HOME/catalog`")
    own, broken = vetted(folder or home() / "catalog", shipped=shipped, skills=NAMES, strategies=STRATEGIES)
    if folder is not None and not own and not broken:
        raise BadInput(f"`{folder}` holds no entry; write one as `<id>.toml`, as `docs/how-to` says")
    among = Catalog((*shipped, *own))
    tried = [try_out(entry, among, misfit) for entry in (own if folder else (*shipped, *own))]
    for each in tried:
        _print_trial(each, as_json=json)
    for problem in broken:
        print(encode({"problems": [problem]}).decode() if json else problem)
    problems = len(broken) + sum(len(each.problems) for each in tried)
    if not json:
        examples = sum(each.examples for each in tried)
        print(f"{len(tried)} entries, {examples} examples, {problems} problems")
    return 2 if problems else 0


def _print_trial(trial: Trial, *, as_json: bool) -> None:
    if as_json:
        print(encode(trial).decode())
    elif trial.problems:
        for problem in trial.problems:
            print(f"entry `{trial.id}`: {problem}")
    else:
        proposes = ", ".join(trial.proposes) or "nothing: a person decides"
        print(f"{trial.id:<26} {trial.milliseconds:>6.2f} ms  {proposes}")


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
