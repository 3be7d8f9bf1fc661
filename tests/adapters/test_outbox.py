"""The outbox: filled by the commit that holds the event, taken under a lease, settled once."""

import sqlite3

import pytest
from msgspec.structs import replace

from interlock.adapters.seal import Seal
from interlock.adapters.sqlite import SqliteLog, upkeep
from interlock.adapters.sqlite.verify import verify
from interlock.core.events import SessionStarted, StepReviewed
from interlock.ports import Conflict
from interlock.testing import FakeClock
from store_drafts import answered, asked, draft, ended, started

S = "ses-1"
ALL = ("question", "forecast", "end")


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def log(tmp_path, clock):
    opened = SqliteLog.open(tmp_path, clock=clock, seal=Seal.open(tmp_path))
    yield opened
    opened.close()


async def begin(log, clock, session=S, **tell):
    first = started(at=clock.now())
    assert isinstance(first.event, SessionStarted)
    await log.append(session, [replace(first, event=replace(first.event, tell=tell))], expected=0, epoch=None)


async def told_of(log):
    return {(each.channel, each.kind) for each in await log.outbox.notices()}


async def test_each_channel_gets_what_it_hears_and_nothing_else(log, clock):
    await begin(log, clock, phone=("question", "end"), desk=("end",))
    forecast = draft(StepReviewed(forecast=7), at=clock.now())
    await log.append(S, [forecast, asked("apr-1", at=clock.now())], expected=1, epoch=None)
    assert await told_of(log) == {("phone", "question")}
    await log.append(S, [answered("apr-1", at=clock.now()), ended(at=clock.now())], expected=3, epoch=None)
    assert await told_of(log) == {("phone", "question"), ("phone", "end"), ("desk", "end")}


async def test_a_forecast_is_told_and_a_review_without_one_is_not(log, clock):
    await begin(log, clock, phone=ALL)
    await log.append(S, [draft(StepReviewed(), at=clock.now())], expected=1, epoch=None)
    assert await told_of(log) == set()
    await log.append(S, [draft(StepReviewed(forecast=7), at=clock.now())], expected=2, epoch=None)
    assert await told_of(log) == {("phone", "forecast")}


async def test_a_session_without_channels_leaves_nothing_to_tell(log, clock):
    await begin(log, clock)
    await log.append(S, [ended(at=clock.now())], expected=1, epoch=None)
    assert not await log.outbox.due()


async def test_what_is_not_committed_is_not_told(log, clock):
    await begin(log, clock, phone=ALL)
    with pytest.raises(Conflict):
        await log.append(S, [ended(at=clock.now())], expected=7, epoch=None)
    assert not await log.outbox.due()
    assert await log.outbox.take(lease=60) is None


async def test_a_taken_notice_is_nobody_elses_until_its_lease_ends(log, clock, tmp_path):
    await begin(log, clock, phone=ALL)
    await log.append(S, [ended(at=clock.now())], expected=1, epoch=None)
    other = SqliteLog.open(tmp_path, clock=clock, seal=Seal.open(tmp_path))
    try:
        assert await log.outbox.due()
        first = await log.outbox.take(lease=60)
        assert first is not None
        assert (first.channel, first.kind, first.tries) == ("phone", "end", 1)
        assert not await other.outbox.due()
        assert await other.outbox.take(lease=60) is None

        clock.wind(61)
        second = await other.outbox.take(lease=60)
        assert second is not None
        assert second.tries == 2
        assert not await log.outbox.settle(first, outcome="delivered"), "whose lease ran out settles nothing"
        assert await other.outbox.settle(second, outcome="delivered")
    finally:
        other.close()
    assert [each.outcome for each in await log.outbox.notices()] == ["delivered"]


async def test_what_is_settled_is_never_due_again_and_what_waits_is_due_when_it_says(log, clock):
    await begin(log, clock, phone=ALL, desk=ALL)
    await log.append(S, [ended(at=clock.now())], expected=1, epoch=None)
    one, two = await log.outbox.take(lease=60), await log.outbox.take(lease=60)
    assert await log.outbox.settle(one, outcome="delivered")
    again = clock.now() + 10_000_000
    assert await log.outbox.settle(two, outcome="waiting", words="no route", again=again, tried=False)

    assert not await log.outbox.due()
    clock.wind(10)
    third = await log.outbox.take(lease=60)
    assert (third.channel, third.tries, third.words) == (two.channel, 1, "no route")
    assert await log.outbox.settle(third, outcome="failed", words="gone")
    clock.wind(1_000_000)
    assert not await log.outbox.due()


async def test_only_what_did_not_get_through_is_shown_as_such_and_failures_for_a_week(log, clock):
    await begin(log, clock, phone=ALL, desk=ALL)
    await log.append(S, [ended(at=clock.now())], expected=1, epoch=None)
    await log.outbox.settle(await log.outbox.take(lease=60), outcome="delivered")
    await log.outbox.settle(await log.outbox.take(lease=60), outcome="failed", words="gone")
    assert [each.outcome for each in await log.outbox.notices(unsettled=True)] == ["failed"]
    assert len(await log.outbox.notices(session=S)) == 2
    assert await log.outbox.notices(session="ses-2") == []
    clock.wind(8 * 86_400)
    assert await log.outbox.notices(unsettled=True) == []


async def test_the_seal_is_intact_with_notices_and_pruning_takes_them_along(log, clock, tmp_path):
    await begin(log, clock, phone=ALL)
    await log.append(S, [ended(at=clock.now())], expected=1, epoch=None)
    seal = Seal.open(tmp_path)
    assert verify(tmp_path, seal=seal).ok
    assert upkeep.prune(tmp_path, seal=seal, now=clock.now() + 10 * 86_400_000_000, days=1) == 1
    assert await log.outbox.notices() == []
    assert verify(tmp_path, seal=seal).ok


async def test_a_store_of_before_there_were_notices_is_taken_along(log, clock, tmp_path):
    await begin(log, clock, phone=ALL)
    log.close()
    with sqlite3.connect(tmp_path / "interlock.db") as db:
        for statement in ("DROP TABLE notices", "DROP TABLE channels", "PRAGMA user_version = 1"):
            db.execute(statement)
    db.close()
    again = SqliteLog.open(tmp_path, clock=clock, seal=Seal.open(tmp_path))
    try:
        await again.append(S, [ended(at=clock.now())], expected=1, epoch=None)
        assert await again.outbox.notices() == [], "its sessions named no channels"
        assert [event.kind for event in await again.read(S)] == ["SessionStarted", "SessionEnded"]
    finally:
        again.close()
