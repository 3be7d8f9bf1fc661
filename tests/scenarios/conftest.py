"""Shops to hand over, and stores to remember them in."""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from real_shop import BIN, FITTING, ROOT, Store, declare, free_port, opened, prepare


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Make a copy of the shop: drifted, as newest packages make it, or with packages that fit; patched; dearer."""

    def make(*, drifted: bool = True, patch: str = "", price: float = 1.75) -> Path:
        folder = tmp_path_factory.mktemp("work") / "shop"
        leave = shutil.ignore_patterns("__pycache__", ".venv", "var")
        shutil.copytree(ROOT / "examples" / "shop", folder, ignore=leave)
        declare(folder, "port = 8765", f"port = {free_port()}")
        declare(folder, "runner-minute = 1.75", f"runner-minute = {price}")
        patches = [str(ROOT / "examples" / "variants" / patch)] if patch else []
        prepare([str(ROOT / "examples" / "history.sh"), str(folder), *patches], folder)
        prepare([str(BIN / "uv"), "venv", "--quiet", "--python", sys.executable, ".venv"], folder)
        wanted = ["-r", "requirements.txt"] if drifted else list(FITTING)
        install = [str(BIN / "uv"), "pip", "install", "--quiet", "--python", ".venv/bin/python"]
        prepare([*install, *wanted, "-r", "requirements-dev.txt"], folder)
        return folder

    return make


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store; what its sessions left running is stopped afterwards."""
    yield from opened(tmp_path / "home")
