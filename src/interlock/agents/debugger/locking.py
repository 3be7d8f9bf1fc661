"""Remedies for lock files and locks: made anew by their owner, taken back, moved aside when nobody holds them."""

import re

from interlock.agents.debugger.case import Answer, Case, Option
from interlock.core.catalog import render
from interlock.core.plan import Act

# What an output says, the lock file that it means, and the file beside it that declares what is wanted.
_MEANT = (
    (r"uv\.lock|uv lock\b", "uv.lock", "pyproject.toml"),
    (r"poetry\.lock|poetry lock\b", "poetry.lock", "pyproject.toml"),
    (r"pnpm-lock\.yaml", "pnpm-lock.yaml", "package.json"),
    (r"package-lock\.json|npm ci\b", "package-lock.json", "package.json"),
    (r"Cargo\.lock|--locked", "Cargo.lock", "Cargo.toml"),
    (r"go\.mod|go\.sum|go get |go mod |required module|providing package", "go.sum", "go.mod"),
)
_GIT_LOCK = re.compile(r"\.git/(?P<lock>(?:index|HEAD|config|shallow)\.lock)")


async def lock_anew(case: Case) -> Answer:
    """Bring a tracked lock file back that is gone; else let its owner bring it in line with what is declared."""
    advice = str(render(case.match.entry.advice, case.captures))
    meant = next(((lock, by) for said, lock, by in _MEANT if re.search(said, case.failure.output)), None)
    if meant is None or not case.folder.holds(f"present: {meant[1]}"):
        return Answer(advice=advice)
    lock, declares = meant
    gone = lock in (case.folder.tracked() or ()) and case.folder.holds(f"absent: {lock}")
    restored = Option(
        variant=f"restore-{lock}",
        act=Act(skill="git.restore", arguments={"path": lock}),
        why=f"git tracks `{lock}`, and it is gone",
        expects=f"`{lock}` is there",
    )
    anew = Option(
        variant=f"anew-{lock}",
        act=Act(skill="packages.lock", arguments={"file": lock}),
        why=f"`{lock}` does not fit `{declares}`; its own tool brings it in line, and keeps what was locked",
        expects=f"`{lock}` fits `{declares}`",
    )
    return Answer(options=(restored, anew) if gone else (anew,), advice=advice)


async def unlock_git(case: Case) -> Answer:
    """Look again first; a lock that stays, is old and held by nobody is moved aside."""
    advice = str(render(case.match.entry.advice, case.captures))
    again = Option(
        variant="look-again-1",
        act=Act(skill="checks.look", arguments={"wait": 3}),
        why="a git that is at work lets its lock go by itself",
        expects="the lock is gone",
    )
    found = _GIT_LOCK.search(case.failure.output)
    if found is None:
        return Answer(options=(again,), advice=advice)
    aside = Option(
        variant=f"aside-{found['lock']}",
        act=Act(skill="git.unlock", arguments={"lock": found["lock"]}),
        why=f"`.git/{found['lock']}` stays; it is moved aside if it is old and no process is at work there",
        expects="git can write again",
    )
    return Answer(options=(again, aside), advice=advice)


async def fetch_history(case: Case) -> Answer:
    """Bring the rest of a shallow clone's history, and its tags."""
    advice = str(render(case.match.entry.advice, case.captures))
    if not case.folder.holds("present: .git/shallow"):
        return Answer(advice=advice)
    act = Act(skill="git.fetch", arguments={"remote": "origin", "whole": True})
    why = "the clone is shallow: what is asked for lies in the history that it lacks"
    return Answer(options=(Option(variant="whole", act=act, why=why, expects="git knows it"),), advice=advice)
