"""What the tests share: the settings as deployed, the journal they name, a database of their own."""

from pathlib import Path

import pytest
from ci.usage import bill


@pytest.fixture
def settings():
    from shop.config import load

    return load()


@pytest.fixture
def journal(settings):
    from shop.journal import Journal

    return Journal(settings.journal)


@pytest.fixture
def store(tmp_path: Path):
    from shop.migrate import apply
    from shop.store import Store

    apply(tmp_path / "shop.db")
    return Store(tmp_path / "shop.db")


def pytest_sessionfinish() -> None:
    bill("unit")
