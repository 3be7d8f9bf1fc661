"""Peers that exclude each other in a Node project: npm's own way out, which gives up a promise, and says so."""

import re

from interlock.agents.debugger.case import Answer, Case, Option
from interlock.core.catalog import render
from interlock.core.plan import Act

SETTING = "legacy-peer-deps"
_SAID = re.compile(rf"(?m)^\s*{SETTING}\s*=")


async def accept_peers(case: Case) -> Answer:
    """Let npm install releases outside of a peer's range, as it did before version 7: in this project alone."""
    advice = str(render(case.match.entry.advice, case.captures))
    written = case.folder.read(".npmrc")
    if not case.folder.holds("present: package.json") or _SAID.search(written):
        return Answer(advice=advice)
    content = f"{written}{'' if written.endswith(chr(10)) or not written else chr(10)}{SETTING}=true\n"
    return Answer(
        options=(
            Option(
                variant="accept-peers",
                act=Act(skill="files.write", arguments={"path": ".npmrc", "content": content}),
                why="a package asks for another release of a peer than package.json; npm names this way out itself",
                expects="npm resolves the tree",
                promise=f"npm no longer refuses releases outside of a peer's range (`{SETTING}` in `.npmrc`)",
            ),
        ),
        advice=advice,
    )
