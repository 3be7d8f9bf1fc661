"""Which files make a check, so that changing them can't pass for success."""

from pathlib import Path

from interlock.core.plan import Act


def protected(act: Act, root: Path) -> tuple[str, ...]:
    """The files of the workspace that a check's command names: its script, its test folder.

    A virtual environment's programs are not among them: repairs may replace those.
    """
    if act.skill != "command.run":
        return ()
    cwd = Path(root, act.arguments.get("cwd", "."))
    named = (word.partition("::")[0] for word in act.arguments["argv"])
    return tuple(dict.fromkeys(pattern for word in named if (pattern := _within(word, cwd, root)) is not None))


def whole(pattern: str) -> str:
    """The pattern with the files below a folder, where it names the folder: `tests/` and `tests/**` mean those."""
    below = pattern.removesuffix("**") if pattern.endswith("/**") or pattern == "**" else pattern
    return f"{below}**/*" if below != pattern or pattern.endswith("/") else pattern


def _within(word: str, cwd: Path, root: Path) -> str | None:
    if not word or word.startswith("-") or len(word) > 1000 or "\0" in word:
        return None
    path = cwd / word
    try:
        real = path.resolve()
        inside = path.parent.resolve().is_relative_to(root) and real.is_relative_to(root) and real != root
        if not inside or any(part in (".venv", "venv", "node_modules") for part in path.relative_to(root).parts):
            return None
        relative = real.relative_to(root).as_posix()
        return relative if real.is_file() else None
    except (OSError, ValueError, RuntimeError):
        return None
