"""The store on SQLite against its model in plain Python: random histories come to the same answers and state."""

import asyncio
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from interlock.adapters.inmemory import InMemoryLog
from interlock.adapters.seal import Seal
from interlock.adapters.sqlite import SqliteLog, verify
from interlock.core.memory import Remembered
from interlock.ports import ApprovalUsed, CapRefused, ClaimLost, Conflict
from interlock.testing import FakeClock
from store_drafts import (
    answered,
    asked,
    called,
    ended,
    learned,
    paused,
    planned,
    resumed,
    returned,
    started,
    withdrawn,
)

SESSIONS = st.sampled_from(["ses-a", "ses-b", "ses-c"])
OWNERS = st.sampled_from(["worker-1", "worker-2", "worker-3", "worker-4"])
APPROVALS = st.sampled_from(["apr-1", "apr-2", "apr-3"])
MONEY = st.integers(0, 60)
REFUSALS = (Conflict, ClaimLost, CapRefused, ApprovalUsed)

# Each a function of the time at which it happens.
EVENTS = st.one_of(
    st.sampled_from(
        [
            lambda at: planned(at=at),
            lambda at: paused(at=at),
            lambda at: resumed(at=at),
            lambda at: ended(at=at),
        ]
    ),
    MONEY.map(lambda hold: lambda at: called(at=at, hold=hold)),
    MONEY.map(lambda cost: lambda at: returned(at=at, cost=cost, release=cost)),
    APPROVALS.map(lambda approval: lambda at: called(at=at, hold=1, approval=approval)),
    APPROVALS.map(lambda approval: lambda at: asked(approval, at=at, deadline=at + 40_000_000)),
    APPROVALS.map(lambda approval: lambda at: answered(approval, at=at, up_to=70)),
    APPROVALS.map(lambda approval: lambda at: answered(approval, "rejected", at=at)),
    APPROVALS.map(lambda approval: lambda at: withdrawn(approval, at=at)),
    st.booleans().map(lambda worked: lambda at: learned(at=at, worked=worked)),
)


class TwoStores(RuleBasedStateMachine):
    """Does everything to both, and compares what they answer and what they hold."""

    def __init__(self):
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.home = tempfile.TemporaryDirectory()
        self.folder = Path(self.home.name)
        self.clock = FakeClock()
        self.model = InMemoryLog(clock=self.clock)
        self.store = SqliteLog.open(self.folder, clock=self.clock, seal=Seal.open(self.folder))
        self.claims = []
        self.dead = set()

    def teardown(self):
        self.store.close()
        found = verify(self.folder, seal=Seal.open(self.folder))
        self.home.cleanup()
        self.loop.close()
        assert found.ok, found

    def both(self, act):
        """What an act on each store comes to: the same value, or the same refusal."""
        answers = []
        for log in (self.model, self.store):
            try:
                answers.append(self.loop.run_until_complete(act(log)))
            except REFUSALS as refusal:
                answers.append((type(refusal), str(refusal)))
        assert answers[0] == answers[1]
        return answers[0]

    @rule(session=SESSIONS, place=st.sampled_from(["", "here", "there"]))
    def start(self, session, place):
        draft = started(at=self.clock.now(), place=place)
        self.both(lambda log: log.append(session, [draft], expected=0, epoch=None))

    @rule(
        session=SESSIONS,
        events=st.lists(EVENTS, max_size=4),
        behind=st.sampled_from([None, 0, 0, 0, 1]),
        epochs_behind=st.sampled_from([None, None, 0, 1]),
    )
    def append(self, session, events, behind, epochs_behind):
        row = self.loop.run_until_complete(self.model.row(session))
        expected = None if behind is None or row is None else row.version - behind
        epoch = None if epochs_behind is None or row is None else row.epoch - epochs_behind
        drafts = [event(self.clock.now()) for event in events]
        self.both(lambda log: log.append(session, drafts, expected=expected, epoch=epoch))

    @rule(owner=OWNERS, session=st.none() | SESSIONS, place=st.sampled_from(["here", "there"]))
    def claim(self, owner, session, place):
        if owner not in self.dead:
            claim = self.both(lambda log: log.claim(owner, session=session, place=place, lease=30))
            self.claims += [claim] if claim else []

    @rule(data=st.data())
    def heartbeat(self, data):
        if self.claims:
            claim = data.draw(st.sampled_from(self.claims))
            self.both(lambda log: log.heartbeat(claim, lease=30))

    @rule(data=st.data(), behind=st.sampled_from([0, 0, 1]))
    def release(self, data, behind):
        if self.claims:
            claim = data.draw(st.sampled_from(self.claims))
            row = self.loop.run_until_complete(self.model.row(claim.session))
            self.both(lambda log: log.release(claim, version=row.version - behind))

    @rule(owner=OWNERS)
    def die(self, owner):
        self.dead.add(owner)
        self.model.abandon(owner)
        # What the kernel does to the lock of a killed process; the real kill has its own test.
        if lock := self.store._locks.pop(owner, None):
            lock.release()

    @rule(seconds=st.sampled_from([0, 1, 29, 31]))
    def wind(self, seconds):
        self.clock.wind(seconds)

    @rule(fix=st.sampled_from([None, "reinstall", "wait"]))
    def forget(self, fix):
        self.both(lambda log: log.forget("f1", fix))

    @rule(fixes=st.sets(st.sampled_from(["reinstall", "wait"])), origin=st.sampled_from(["interlock/b", "interlock/c"]))
    def take_in(self, fixes, origin):
        theirs = [Remembered(fingerprint="f1", fix=fix, environment="py311", wins=1, tries=2) for fix in sorted(fixes)]
        self.both(lambda log: log.take_in(theirs, origin=origin))

    @rule(beginning=st.sampled_from(["", "ses-", "a", "1", "apr-"]))
    def find(self, beginning):
        self.both(lambda log: log.find(beginning))

    @invariant()
    def they_hold_the_same(self):
        self.both(lambda log: log.rows())
        self.both(lambda log: log.all_memory())
        self.both(lambda log: log.remembered(limit=1))

    @invariant()
    def they_tell_the_same_story(self):
        for session in ("ses-a", "ses-b", "ses-c"):
            self.both(lambda log, session=session: _story(log, session))


async def _story(log, session):
    return list(await log.read(session, after=1, limit=50))


TestTwoStores = TwoStores.TestCase
TestTwoStores.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
