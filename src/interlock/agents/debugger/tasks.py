"""Remedies that are the project's own tasks: what it declares to install, generate or tidy is run as declared."""

import re
from collections.abc import Sequence

import msgspec

from interlock.agents.debugger.case import Answer, Case, Option
from interlock.core.catalog import render
from interlock.core.plan import TASK, Act

_INSTALLS = re.compile(
    r"\b(?:npm|pnpm|yarn|bun)\b[\"', ]+(?:ci|install|i)\b|\bgo\b[\"', ]+mod[\"', ]+download|\bcargo\b[\"', ]+fetch"
    r"|\b(?:uv|poetry|pipenv|bundle|composer)\b[\"', ]+(?:sync|install)\b|\bpip\b[\"', ]+install\b"
    r"|\bplaywright\b[\"', ]+install\b|\bsubmodule\b[\"', ]+update\b|\blfs\b[\"', ]+pull\b"
)
_GENERATES = re.compile(r"\bgenerate\b|\bcodegen\b|\bprotoc\b|\bprotobuf\b|\bbuf\b")
_TIDIES = re.compile(r"\bmod\b[\"', ]+tidy\b|\btidy\b")


async def install_by_task(case: Case) -> Answer:
    """Run the declared task that installs what the project needs."""
    return _by_task(case, _INSTALLS, "install what the project needs")


async def generate_by_task(case: Case) -> Answer:
    """Run the declared task that generates code."""
    return _by_task(case, _GENERATES, "generate code")


async def tidy_by_task(case: Case) -> Answer:
    """Run the declared task that brings the module files in line with the code."""
    return _by_task(case, _TIDIES, "bring the module files in line with the code")


def _by_task(case: Case, meant: re.Pattern[str], purpose: str) -> Answer:
    return Answer(
        options=tuple(
            Option(
                variant=f"task-{name}",
                act=Act(skill=TASK, arguments={"name": name}),
                why=f"task `{name}` is declared to {purpose}, and the failure is what its absence looks like",
                expects="what was missing is there",
            )
            for name in _tasks(case, meant)
        ),
        advice=str(render(case.match.entry.advice, case.captures)),
    )


def _tasks(case: Case, meant: re.Pattern[str]) -> Sequence[str]:
    """Declared tasks whose command does it; the one that failed just now is none of them."""
    return tuple(
        task.name
        for task in case.workspace.tasks
        if task.act.skill == TASK
        and meant.search(msgspec.json.encode(task.act.arguments).decode())
        and case.failure.where != f"task:{task.name}"
    )
