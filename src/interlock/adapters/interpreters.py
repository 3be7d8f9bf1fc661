"""Where a virtual environment's interpreter really lives, so that a sandbox can show it and nothing else of a home."""

from collections.abc import Iterable, Iterator
from pathlib import Path

LINKS = 16


def prefixes(venvs: Iterable[Path]) -> tuple[str, ...]:
    """What to show read-only so that these environments run: theirs and their interpreters', as named and as real."""
    found: dict[str, None] = {}
    for venv in venvs:
        if (venv / "pyvenv.cfg").is_file():
            real = venv.resolve()
            found |= dict.fromkeys(str(path) for path in (real, *homes(real)) if not holds_home(path))
    return tuple(found)


def homes(venv: Path) -> Iterator[Path]:
    """The interpreter's prefixes, along `home` of `pyvenv.cfg` and each link of `bin/python`."""
    for folder in (configured(venv / "pyvenv.cfg"), *(link.parent for link in hops(venv / "bin/python"))):
        for named in (folder, folder.resolve()) if folder is not None else ():
            if named.name == "bin" and is_interpreter(named.parent):
                yield named.parent


def configured(file: Path) -> Path | None:
    """The `home` of a `pyvenv.cfg`."""
    for line in file.read_text(errors="replace").splitlines():
        key, _, value = line.partition("=")
        if key.strip() == "home" and value.strip().startswith("/"):
            return Path(value.strip())
    return None


def hops(link: Path) -> Iterator[Path]:
    """Each name that a chain of links goes through."""
    for _ in range(LINKS):
        if not link.is_symlink():
            return
        link = link.parent / link.readlink()
        yield link


def is_interpreter(prefix: Path) -> bool:
    """Python's own landmark: a workspace writes its `pyvenv.cfg` as it likes, and must not open a folder that way."""
    return any(prefix.glob("lib*/python3*/os.py")) and any(prefix.glob("bin/python3*"))


def holds_home(path: Path) -> bool:
    """Showing this folder would show the user's home."""
    return Path.home().resolve().is_relative_to(path.resolve())
