"""Every store that there is: the model in memory and the one on SQLite, for the suites that hold for both."""

import pytest

from interlock.adapters.inmemory import InMemoryLog
from interlock.adapters.seal import Seal
from interlock.adapters.sqlite import SqliteLog
from interlock.testing import FakeClock


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture(params=["inmemory", "sqlite"])
def log(request, tmp_path, clock):
    opened = (
        InMemoryLog(clock=clock)
        if request.param == "inmemory"
        else SqliteLog.open(tmp_path, clock=clock, seal=Seal.open(tmp_path))
    )
    yield opened
    opened.close()
