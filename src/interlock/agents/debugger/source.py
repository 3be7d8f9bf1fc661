"""Remedies for source files: one line, at the place that the error names, and only when it is what the error says."""

import re
from itertools import takewhile

from interlock.agents.debugger.case import Answer, Case, Option
from interlock.core.catalog import render
from interlock.core.plan import Act

_MARGIN = re.compile(r"^(?P<spaces> {2,16})\S")


async def drop_unused_import(case: Case) -> Answer:
    """Take out the import that the compiler calls unused: the line must be that import and stand in the file once."""
    path, module = case.captures["path"], case.captures["module"]
    line = _line(case, path, int(case.captures["line"]))
    if not re.fullmatch(rf'\s*(?:import )?(?:[A-Za-z]\w* )?"{re.escape(module)}"\s*(?://.*)?', line):
        return Answer(advice=f"`{path}` imports `{module}` and does not use it")
    return _patched(case, path, f"{line}\n", "", f"the compiler refuses `{path}`, which imports `{module}` in vain")


async def tabs_in_makefile(case: Case) -> Answer:
    """Give a recipe's line, and those below it with the same margin, the tab that make asks for."""
    path, number = case.captures["path"], int(case.captures["line"])
    found = _MARGIN.match(_line(case, path, number))
    if found is None:
        return Answer(advice=f"line {number} of `{path}` is neither a rule nor a recipe")
    spaces = found["spaces"]
    below = case.folder.read(path).split("\n")[number - 1 :]
    recipe = list(takewhile(lambda line: line.startswith(spaces) and not line[len(spaces) :].startswith(" "), below))
    tabbed = [f"\t{line.removeprefix(spaces)}" for line in recipe]
    why = f"make takes only a tab for a recipe's margin, and this recipe of `{path}` begins with spaces"
    return _patched(case, path, "\n".join(["", *recipe, ""]), "\n".join(["", *tabbed, ""]), why)


async def restore_tracked(case: Case) -> Answer:
    """Bring back a file that git tracks and that is gone; one that was never tracked is a person's to find."""
    path = case.captures["path"]
    tracked = case.folder.tracked()
    if tracked is None or path not in tracked or not case.folder.holds(f"absent: {path}"):
        return Answer(advice=str(render(case.match.entry.advice, case.captures)))
    act = Act(skill="git.restore", arguments={"path": path})
    why = f"`{path}` is gone, and git tracks it: the last commit's is brought back"
    return Answer(options=(Option(variant=f"restore-{path}", act=act, why=why, expects=f"`{path}` is there"),))


def _line(case: Case, path: str, number: int) -> str:
    lines = case.folder.read(path).split("\n")
    return lines[number - 1] if 0 < number <= len(lines) else ""


def _patched(case: Case, path: str, old: str, new: str, why: str) -> Answer:
    """The patch, when what it replaces stands in the file exactly once."""
    if case.folder.read(path).count(old) != 1:
        return Answer(advice=why)
    act = Act(skill="files.patch", arguments={"path": path, "old": old, "new": new})
    return Answer(options=(Option(variant=f"patch-{path}", act=act, why=why, expects=f"`{path}` is accepted"),))
