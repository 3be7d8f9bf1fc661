"""Delivery: told at least once, tried again for a while, never in quiet hours, and never at the cost of a drive."""

import asyncio

import pytest
from msgspec.structs import replace

from interlock.adapters.inmemory import InMemoryLog
from interlock.adapters.seal import Seal
from interlock.adapters.sqlite import SqliteLog
from interlock.core.channels import RETRIES
from interlock.core.events import ApprovalAnswered, ApprovalRequested, Draft, SessionEnded, StepReviewed, StepTaken
from interlock.engine.delivery import LEASE, Channel, Delivery, watched
from interlock.ports import NotTold, StoreUnusable
from interlock.testing import CountingIds, FakeClock, Notebook, make_start

ALL = ("question", "forecast", "end")
S = "ses-1"


class Post:
    """A store with one session that tells two channels, and what is needed to deliver."""

    def __init__(self, folder, **refusing: str) -> None:
        self.clock = FakeClock()
        self.log = SqliteLog.open(folder, clock=self.clock, seal=Seal.open(folder))
        self.notebook = Notebook(**refusing)
        self.channels = {"phone": Channel(address="note://phone"), "desk": Channel(address="note://desk")}
        self.ids = CountingIds()

    def reach(self, channel: str, workspace: str, now: int) -> Channel:
        found = self.channels[channel]
        return replace(found, quiet=found.quiet if found.quiet and found.quiet > now else None)

    @property
    def delivery(self) -> Delivery:
        return Delivery(self.log.outbox, self.log, self.notebook, self.clock, self.reach)

    async def happens(self, *events) -> None:
        version = len(await self.log.read(S))
        drafts = [
            Draft(id=self.ids.event(), at=self.clock.now(), iteration=1, actor="test", event=event) for event in events
        ]
        await self.log.append(S, drafts, expected=version, epoch=None)

    async def begins(self, *channels: str) -> None:
        started, understood = make_start()
        await self.happens(replace(started, tell=dict.fromkeys(channels or ("phone",), ALL)), understood)

    async def outcomes(self) -> list[tuple[str, str, str]]:
        return [(one.channel, one.outcome, one.words) for one in await self.log.outbox.notices()]


def question(deadline: int = 2_000_000_000_000_000) -> ApprovalRequested:
    return ApprovalRequested(
        approval="apr-1", rule="high_cost", subject="act", question="may it ship?", deadline=deadline
    )


END = SessionEnded(outcome="success", reason="all checks pass")


@pytest.fixture
def post(tmp_path):
    made = Post(tmp_path)
    yield made
    made.log.close()


async def test_a_question_is_told_with_the_commands_that_answer_it_on_every_channel_once(post):
    await post.begins("phone", "desk")
    await post.happens(question())
    await post.delivery.run()
    await post.delivery.run()
    assert sorted(address for address, _, _ in post.notebook.told) == ["note://desk", "note://phone"]
    _, title, body = post.notebook.told[0]
    assert title == "Interlock asks you: fix it"
    assert body.splitlines()[:2] == ["may it ship?", "interlock approve apr-1 [--up-to USD]"]
    assert "no answer by 2033-05-18 03:33 UTC is a no" in body
    assert body.endswith("interlock show ses-1")


async def test_an_end_says_how_and_what_it_cost(post):
    await post.begins()
    await post.happens(END)
    await post.delivery.run()
    [(_, title, body)] = post.notebook.told
    assert title == "Interlock ended with success: fix it"
    assert "all checks pass\n0 turns, $0.00 spent (declared, not billed)" in body


async def test_a_forecast_says_what_was_spent_then_and_what_is_foreseen(post):
    await post.begins()
    await post.happens(StepTaken(outcome="acted"), StepReviewed(forecast=12_000_000))
    await post.delivery.run()
    [(_, title, body)] = post.notebook.told
    assert title == "Interlock may soon ask you: fix it"
    assert "$0.00 are spent in 1 turn; at this pace $12.00 are spent 3 turns on, past the ask line of $10.00" in body


async def test_a_question_that_was_answered_meanwhile_bothers_nobody(post):
    await post.begins()
    await post.happens(question())
    await post.happens(ApprovalAnswered(approval="apr-1", answer="approved"))
    await post.delivery.run()
    assert post.notebook.told == []
    assert await post.outcomes() == [("phone", "void", "nobody needed to hear it any more")]


async def test_text_from_outside_adds_no_line_and_steers_nothing(post):
    await post.begins()
    await post.happens(replace(question(), question="may it?\nBcc: all@example.org\x1b[2J\r\nyes"))
    await post.delivery.run()
    [(_, title, body)] = post.notebook.told
    assert "\n" not in title
    assert body.splitlines()[0] == "may it? Bcc: all@example.org yes"


# --- what goes wrong -------------------------------------------------------------------------------------------------


async def test_what_is_not_taken_is_tried_again_later_and_the_others_do_not_wait(post):
    post.notebook.refusing["phone"] = "no route"
    await post.begins("phone", "desk")
    await post.happens(END)
    await post.delivery.run()
    assert {one: how for one, how, _ in await post.outcomes()} == {"phone": "waiting", "desk": "delivered"}

    post.notebook.refusing.clear()
    await post.delivery.run()
    assert len(post.notebook.told) == 1, "not before it is due"
    post.clock.wind(RETRIES[0])
    await post.delivery.run()
    assert [address for address, _, _ in post.notebook.told] == ["note://desk", "note://phone"]


async def test_what_is_never_taken_is_given_up_in_words_after_a_day_of_tries(post):
    post.notebook.refusing["phone"] = "no route"
    await post.begins()
    await post.happens(END)
    for wait in (0, *RETRIES):
        post.clock.wind(wait)
        await post.delivery.run()
    [notice] = await post.log.outbox.notices()
    assert (notice.outcome, notice.tries, notice.words, notice.due) == ("failed", len(RETRIES) + 1, "no route", None)


async def test_an_error_that_nobody_foresaw_is_a_failed_try_and_its_text_is_not_kept(post):
    class Broken(Notebook):
        async def tell(self, address, title, body):
            raise RuntimeError("mailto://ann:hunter2@example.org")

    post.notebook = Broken()
    await post.begins()
    await post.happens(END)
    await post.delivery.run()
    assert await post.outcomes() == [("phone", "waiting", "telling failed (RuntimeError)")]


async def test_settings_that_can_not_be_read_lose_nothing(post):
    def unreadable(channel, workspace, now):
        raise NotTold("`preferences.json` is not what was written there")

    await post.begins()
    await post.happens(END)
    await Delivery(post.log.outbox, post.log, post.notebook, post.clock, unreadable).run()
    assert await post.outcomes() == [("phone", "waiting", "`preferences.json` is not what was written there")]
    post.clock.wind(RETRIES[0])
    await post.delivery.run()
    assert len(post.notebook.told) == 1


async def test_a_channel_that_was_unset_meanwhile_is_void(post):
    await post.begins()
    await post.happens(END)
    post.channels["phone"] = Channel()
    await post.delivery.run()
    assert await post.outcomes() == [("phone", "void", "the channel is not set any more")]


async def test_in_quiet_hours_nothing_is_told_and_afterwards_everything(post):
    await post.begins()
    await post.happens(END)
    post.channels["phone"] = Channel(address="note://phone", quiet=post.clock.now() + 3_600_000_000)
    await post.delivery.run()
    assert post.notebook.told == []
    assert await post.outcomes() == [("phone", "waiting", "quiet hours")]
    post.clock.wind(3601)
    await post.delivery.run()
    [notice] = await post.log.outbox.notices()
    assert (notice.outcome, notice.tries) == ("delivered", 1)


async def test_a_teller_that_dies_in_the_middle_leaves_it_to_the_next(post):
    class Dying(Notebook):
        async def tell(self, address, title, body):
            await super().tell(address, title, body)
            raise asyncio.CancelledError

    alive, post.notebook = post.notebook, Dying()
    await post.begins()
    await post.happens(END)
    with pytest.raises(asyncio.CancelledError):
        await post.delivery.run()
    post.notebook = alive
    await post.delivery.run()
    assert post.notebook.told == [], "the lease of the dead one still runs"
    post.clock.wind(LEASE + 1)
    await post.delivery.run()
    assert len(post.notebook.told) == 1


async def test_two_tellers_at_a_time_tell_everything_once(post):
    await post.begins("phone", "desk")
    await post.happens(question(), StepReviewed(forecast=12_000_000))
    await asyncio.gather(*(post.delivery.run() for _ in range(4)))
    assert len(post.notebook.told) == len(set(post.notebook.told)) == 4


# --- beside a drive --------------------------------------------------------------------------------------------------


async def test_a_teller_is_started_when_the_drive_ends_with_something_to_tell(post):
    starts = []
    async with watched(post.log.outbox, lambda: starts.append("now")):
        await post.begins()
        await post.happens(END)
    assert starts == ["now"]


async def test_none_is_started_where_nothing_is_to_be_told(post):
    starts = []
    async with watched(post.log.outbox, lambda: starts.append("now")):
        await post.begins()
    assert starts == []


async def test_an_outbox_in_trouble_fails_no_drive_and_hides_no_error_of_it():
    class Locked:
        async def due(self):
            raise StoreUnusable("locked")

    async with watched(Locked(), lambda: None):
        driven = True
    assert driven
    with pytest.raises(ZeroDivisionError):
        async with watched(Locked(), lambda: None):
            raise ZeroDivisionError


async def test_a_log_without_an_outbox_takes_sessions_that_name_channels():
    clock = FakeClock()
    log = InMemoryLog(clock=clock)
    started, _ = make_start()
    draft = Draft(id="e1", at=clock.now(), iteration=0, actor="test", event=replace(started, tell={"phone": ALL}))
    await log.append(S, [draft], expected=0, epoch=None)
    assert [event.data.tell for event in await log.read(S)] == [{"phone": ALL}]
