"""Where the Python behind a virtual environment lives, so that the sandbox can show it."""

import os
import sys
from pathlib import Path


def usable_python(venv: str) -> bool:
    """Whether the environment's interpreter is there and can be run."""
    return os.access(Path(venv, "bin", "python"), os.X_OK)


def prefixes(venv: str) -> tuple[str, ...]:
    """The folders that hold the interpreter behind the environment, and ours for one that is yet to be made."""
    homes = (_home(Path(venv)), Path(sys.base_prefix))
    return tuple(dict.fromkeys(str(home) for home in homes if home is not None and home.is_dir()))


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
