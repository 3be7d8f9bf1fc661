"""Remedies for Node projects: a file of the old kind in a package of the new one, a heap bounded too tightly."""

import json
import re

from interlock.agents.debugger.case import Answer, Case, Option
from interlock.core.catalog import render
from interlock.core.plan import Act

_PLACE = re.compile(r"^(?:file://)?(?P<path>/[^\s:]{1,300}\.js):\d{1,6}$", re.MULTILINE)
_OLD_EXPORT = re.compile(r"^module\.exports\s*=\s*", re.MULTILINE)
_SHIM = 'import { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);\n'
_BOUND = re.compile(r"--max[-_]old[-_]space[-_]size=(?P<size>\d{1,6})\b")
_TIMES = 4


async def module_kind(case: Case) -> Answer:
    """Let a file of an ES package that still uses `require` make its own; what it exports becomes its default."""
    advice = str(render(case.match.entry.advice, case.captures))
    found = _PLACE.search(case.failure.output)
    path = case.folder.relative(found["path"]) if found else ""
    text = case.folder.read(path) if path else ""
    inside = path and "node_modules" not in path and not _is_check(case, path)
    if not inside or not _is_es_package(case) or "require(" not in text or text.startswith("#!"):
        return Answer(advice=advice)
    if len(_OLD_EXPORT.findall(text)) > 1 or "exports." in text.replace("module.exports = ", ""):
        return Answer(advice=advice)
    content = _SHIM + _OLD_EXPORT.sub("export default ", text)
    act = Act(skill="files.write", arguments={"path": path, "content": content})
    why = f"`package.json` says that `{path}` is an ES module, and it uses `require`: it makes one of its own"
    option = Option(variant=f"require-in-{path}", act=act, why=why, expects=f"`{path}` is loaded")
    return Answer(options=(option,), advice=advice)


async def wider_heap(case: Case) -> Answer:
    """Raise the bound that the project itself put on the heap, never above three quarters of the machine's memory."""
    advice = str(render(case.match.entry.advice, case.captures))
    places = [
        (path, found)
        for path in (".npmrc", "package.json")
        for found in _BOUND.finditer(case.folder.read(path))
    ]  # fmt: skip
    if len(places) != 1 or "heap out of memory" not in case.failure.output:
        return Answer(advice=advice)
    path, found = places[0]
    size = int(found["size"])
    wider = min(size * _TIMES, case.folder.memory * 3 // 4)
    if wider <= size:
        return Answer(advice=advice)
    new = found[0].replace(found["size"], str(wider))
    act = Act(skill="files.patch", arguments={"path": path, "old": found[0], "new": new})
    why = f"`{path}` bounds the heap to {size} MB, and the program ran into that bound"
    option = Option(variant=f"heap-{wider}", act=act, why=why, expects=f"{wider} MB are enough")
    return Answer(options=(option,), advice=advice)


def _is_es_package(case: Case) -> bool:
    try:
        written = json.loads(case.folder.read("package.json") or "{}")
    except ValueError:
        return False
    return isinstance(written, dict) and written.get("type") == "module"


def _is_check(case: Case, path: str) -> bool:
    return any(path == case.folder.relative(file) for check in case.workspace.checks for file in check.files)
