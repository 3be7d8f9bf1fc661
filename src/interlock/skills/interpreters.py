"""Which Pythons are present, and where the one behind a virtual environment lives, so that the sandbox can show it."""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from interlock.core.release import Interpreter

_PROGRAM = re.compile(r"python3\.(\d{1,2})")


def usable_python(venv: str) -> bool:
    """Whether the environment's interpreter is there and can be run."""
    return os.access(Path(venv, "bin", "python"), os.X_OK)


def present() -> tuple[Interpreter, ...]:
    """The interpreters of the path, of pyenv and of uv, one a minor version, newest first; nothing is started."""
    found: dict[tuple[int, int], Interpreter] = {}
    for folder in _places():
        for program in sorted(folder.glob("python3.*")):
            if (known := _interpreter(program)) is not None:
                found.setdefault(known.version, known)
    return tuple(found[version] for version in sorted(found, reverse=True))


def present_python(minor: str) -> Interpreter | None:
    """The interpreter of that version (`3.9`), if there is one."""
    return next((each for each in present() if each.minor == minor), None)


def prefix_of(python: str) -> str:
    """The folder that holds an interpreter and its library."""
    return str(Path(python).resolve().parent.parent)


def prefixes(venv: str) -> tuple[str, ...]:
    """The folders that hold the interpreter behind the environment, and ours for one that is yet to be made."""
    homes = (_home(Path(venv)), Path(sys.base_prefix))
    return tuple(dict.fromkeys(str(home) for home in homes if home is not None and home.is_dir()))


def _places() -> Iterator[Path]:
    home = Path.home()
    yield from (Path(entry) for entry in os.environ.get("PATH", "").split(os.pathsep) if entry.startswith("/"))
    pyenv = Path(os.environ.get("PYENV_ROOT") or home / ".pyenv")
    managed = Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or home / ".local" / "share" / "uv" / "python")
    yield from sorted(pyenv.glob("versions/*/bin"))
    yield from sorted(managed.glob("*/bin"))


def _interpreter(program: Path) -> Interpreter | None:
    """What the program is, if a standard library stands beside it: a shim or a virtual environment has none."""
    named = _PROGRAM.fullmatch(program.name)
    try:
        real = program.resolve(strict=True)
    except (OSError, RuntimeError):
        return None
    library = real.parent.parent / "lib" / program.name
    if named is None or not os.access(real, os.X_OK) or not (library / "os.py").is_file():
        return None
    if not _is_interpreter(real.parent.parent):
        return None
    return Interpreter(version=(3, int(named[1])), path=str(real), library=str(library))


def _home(venv: Path) -> Path | None:
    try:
        lines = (venv / "pyvenv.cfg").read_text(errors="replace").splitlines()
    except OSError:
        return None
    said = next((line.partition("=")[2].strip() for line in lines if line.partition("=")[0].strip() == "home"), "")
    home = Path(said).resolve().parent if said else None
    return home if home is not None and _is_interpreter(home) else None


def _is_interpreter(prefix: Path) -> bool:
    """Python's own landmarks: a workspace writes `pyvenv.cfg` as it likes, and must not open any folder by it."""
    reveals_home = Path.home().resolve().is_relative_to(prefix)
    return not reveals_home and any(prefix.glob("lib*/python3*/os.py")) and any(prefix.glob("bin/python3*"))
