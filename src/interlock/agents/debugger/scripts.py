"""Remedies for scripts that do not start: Windows line ends, and a first line that names what is not here."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from interlock.agents.debugger.case import Answer, Case, Option
from interlock.core.catalog import render
from interlock.core.plan import Act

# What answers to another version's name, too: the languages of these keep old scripts running.
_PLAIN = re.compile(r"(?P<name>python|bash|sh|zsh|node|perl|ruby)(?P<version>[\d.]*)")
_SYSTEM = ("/usr/local/bin", "/usr/bin", "/bin")
_FIRST = re.compile(r"#!\s*(?P<program>\S+)(?:[ \t]+(?P<word>\S+))?")


async def strip_carriage_returns(case: Case) -> Answer:
    """Give one script the line ends that its interpreter understands."""
    path = case.captures.get("path") or _script_run(case)
    text = case.folder.read(path)
    if "\r\n" not in text or not text.startswith("#!"):
        return Answer()
    act = Act(skill="files.write", arguments={"path": path, "content": text.replace("\r\n", "\n")})
    why = f"`{path}` has Windows line ends, so the kernel looks for an interpreter whose name ends in a carriage return"
    return Answer(options=(Option(variant="strip", act=act, why=why, expects=f"`{path}` starts"),))


async def present_interpreter(case: Case) -> Answer:
    """Let the one script that names it be run by the interpreter of that name which is here."""
    advice = str(render(case.match.entry.advice, case.captures))
    wanted = case.captures["interpreter"]
    named = _PLAIN.fullmatch(Path(wanted).name)
    here = _here(named["name"], named["version"]) if named else ""
    scripts = list(_asking_for(case, wanted))
    if not here or len(scripts) != 1:
        return Answer(advice=advice)
    path = scripts[0]
    first, _, rest = case.folder.read(path).partition("\n")
    act = Act(skill="files.write", arguments={"path": path, "content": f"#!/usr/bin/env {here}\n{rest}"})
    why = f"`{path}` asks for `{wanted}`, which is not here, in its first line `{first}`; `{here}` is"
    return Answer(options=(Option(variant=f"run-by-{here}", act=act, why=why, expects=f"`{path}` starts"),))


def _here(name: str, version: str) -> str:
    """The program that stands in; empty where there is none. Python 2 is another language."""
    if name == "python":
        name = "python3" if version.split(".")[0] in ("", "3") else ""
    return name if name and shutil.which(name, path=os.pathsep.join(_SYSTEM)) else ""


def _asking_for(case: Case, wanted: str) -> Iterator[str]:
    """Scripts whose first line names it, those of the checks left out: no remedy changes a check."""
    checks = {case.folder.relative(file) for check in case.workspace.checks for file in check.files}
    for path in case.folder.files():
        found = _FIRST.match(case.folder.start(path))
        if found and path not in checks and wanted in (found["program"], found["word"]):
            yield path


def _script_run(case: Case) -> str:
    """The script that the failing check or task runs, when its command names one."""
    kind, _, name = case.failure.where.partition(":")
    acts = [each.act for each in case.workspace.checks if each.name == name and kind == "check"]
    acts += [each.act for each in case.workspace.tasks if each.name == name and kind == "task"]
    words = [str(word) for act in acts for word in act.arguments.get("argv", ())]
    return next((case.folder.relative(word) for word in words if case.folder.holds(f"script: {word}")), "")
