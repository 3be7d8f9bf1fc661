"""Folders as people have them, on a machine whose own Python holds no packages."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from interlock.config import detection_python


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detection_python, "SYSTEM", ())


@pytest.fixture
def tree(tmp_path: Path) -> Callable[[Mapping[str, str]], Path]:
    """Makes a folder of files; a name that ends with `*` is executable."""

    def make(files: Mapping[str, str]) -> Path:
        root = tmp_path / "project"
        root.mkdir()
        for name, text in files.items():
            path = root / name.removesuffix("*")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
            path.chmod(0o755 if name.endswith("*") else 0o644)
        return root

    return make
