"""The contract of every event log: one suite, run over the model in memory and the store on SQLite."""

import asyncio

import pytest

from interlock.core.events import encode
from interlock.ports import ApprovalUsed, CapRefused, ClaimLost, Conflict
from store_drafts import (
    S,
    answered,
    asked,
    begin,
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


async def take(log, owner="worker-a", session=None, place="here", lease=30.0):
    return await log.claim(owner, session=session, place=place, lease=lease)


# --- the stream ------------------------------------------------------------------------------------------------------


async def test_what_was_appended_is_read_back_byte_for_byte_in_order(log, clock):
    await begin(log, clock)
    placed = await log.append(S, [planned(at=clock.now()), called(at=clock.now())], expected=1, epoch=None)

    assert [event.seq for event in placed] == [2, 3]
    stored = await log.read(S)
    assert [event.kind for event in stored] == ["SessionStarted", "PlanMade", "SkillCalled"]
    assert [encode(event) for event in stored[1:]] == [encode(event) for event in placed]
    assert [event.seq for event in await log.read(S, after=1, limit=1)] == [2]
    assert await log.read("ses-unknown") == []


async def test_a_start_makes_the_row_from_what_it_says(log, clock):
    await begin(log, clock, cap=100, ask_line=50, place="here", root="/srv/app")

    row = await log.row(S)
    assert (row.workspace, row.place, row.words, row.principal) == ("/srv/app", "here", "fix it", "ann")
    assert (row.cap, row.ask_line, row.spent, row.held) == (100, 50, 0, 0)
    assert (row.version, row.epoch, row.owner, row.status) == (1, 0, "", "queued")
    assert row.wake_at == row.created_at == row.updated_at == clock.now()
    assert await log.row("ses-unknown") is None


async def test_a_session_must_begin_with_its_start_and_begins_once(log, clock):
    with pytest.raises(Conflict):
        await log.append(S, [planned(at=clock.now())], expected=0, epoch=None)
    with pytest.raises(Conflict):
        await log.append(S, [started(at=clock.now())], expected=None, epoch=None)
    assert await log.row(S) is None

    await begin(log, clock)
    with pytest.raises(Conflict):
        await begin(log, clock)


async def test_whoever_judged_by_an_old_version_must_judge_again(log, clock):
    await begin(log, clock)
    await log.append(S, [planned(at=clock.now())], expected=1, epoch=None)

    with pytest.raises(Conflict):
        await log.append(S, [planned(at=clock.now())], expected=1, epoch=None)
    assert len(await log.read(S)) == 2


async def test_a_stale_holder_is_fenced_off_even_with_an_outcome(log, clock):
    await begin(log, clock)
    first = await take(log, lease=10)
    clock.wind(11)
    second = await take(log, "worker-b")

    with pytest.raises(ClaimLost):
        await log.append(S, [returned(at=clock.now())], expected=None, epoch=first.epoch)
    await log.append(S, [returned(at=clock.now())], expected=None, epoch=second.epoch)


async def test_an_outcome_survives_a_persons_word_in_between(log, clock):
    await begin(log, clock)
    claim = await take(log)
    await log.append(S, [called(at=clock.now())], expected=1, epoch=claim.epoch)
    await log.append(S, [paused(at=clock.now())], expected=2, epoch=None)

    [outcome] = await log.append(S, [returned(at=clock.now())], expected=None, epoch=claim.epoch)
    assert outcome.seq == 4


async def test_appending_nothing_changes_nothing(log, clock):
    await begin(log, clock)
    assert await log.append(S, [], expected=1, epoch=None) == ()
    assert (await log.row(S)).version == 1


async def test_two_judgements_on_one_version_race_and_one_wins(log, clock):
    await begin(log, clock)
    await begin(log, clock, session="ses-2")
    results = await asyncio.gather(
        *(log.append(S, [planned(at=clock.now())], expected=1, epoch=None) for _ in range(5)),
        log.append("ses-2", [planned(at=clock.now())], expected=1, epoch=None),
        return_exceptions=True,
    )

    assert [isinstance(result, Conflict) for result in results] == [False, True, True, True, True, False]
    assert (await log.row(S)).version == (await log.row("ses-2")).version == 2


async def test_rows_come_newest_first_and_by_workspace(log, clock):
    for number in range(3):
        await begin(log, clock, session=f"ses-{number}", root=f"/srv/{number % 2}")
        clock.wind(1)

    assert [row.id for row in await log.rows()] == ["ses-2", "ses-1", "ses-0"]
    assert [row.id for row in await log.rows(workspace="/srv/0", limit=1)] == ["ses-2"]


async def test_ids_are_found_by_a_beginning_with_or_without_its_prefix(log, clock):
    await begin(log, clock, session="ses-abc")
    await begin(log, clock, session="ses-abd")
    await log.append("ses-abc", [asked("apr-xyz", at=clock.now())], expected=1, epoch=None)

    assert await log.find("ab") == [("ses-abc", ""), ("ses-abd", "")]
    assert await log.find("ses-abc") == [("ses-abc", "")]
    assert await log.find("x") == await log.find("apr-xy") == [("ses-abc", "apr-xyz")]
    assert await log.find("%") == await log.find("ses-_") == []
    assert len(await log.find("")) == 3


# --- money -----------------------------------------------------------------------------------------------------------


async def test_holds_are_reserved_settled_and_freed_at_the_end(log, clock):
    await begin(log, clock, cap=100)
    await log.append(S, [called(at=clock.now(), hold=60)], expected=1, epoch=None)
    assert ((await log.row(S)).spent, (await log.row(S)).held) == (0, 60)

    settled_and_next = [returned(at=clock.now(), cost=20, release=60), called("c2", at=clock.now(), hold=80)]
    await log.append(S, settled_and_next, expected=2, epoch=None)
    assert ((await log.row(S)).spent, (await log.row(S)).held) == (20, 80)

    await log.append(S, [ended(at=clock.now())], expected=4, epoch=None)
    assert ((await log.row(S)).spent, (await log.row(S)).held) == (20, 0)


async def test_a_hold_past_the_cap_is_refused_whole(log, clock):
    await begin(log, clock, cap=100)
    await log.append(S, [called(at=clock.now(), hold=60)], expected=1, epoch=None)

    with pytest.raises(CapRefused):
        await log.append(S, [planned(at=clock.now()), called("c2", at=clock.now(), hold=41)], expected=2, epoch=None)
    assert (await log.row(S)).version == 2
    await log.append(S, [called("c2", at=clock.now(), hold=40)], expected=2, epoch=None)


async def test_of_two_racing_holds_that_do_not_fit_together_one_is_refused(log, clock):
    await begin(log, clock, cap=100)
    await begin(log, clock, session="ses-2", cap=100)
    results = await asyncio.gather(
        *(log.append(S, [called(f"c{n}", at=clock.now(), hold=60)], expected=None, epoch=None) for n in range(2)),
        log.append("ses-2", [called(at=clock.now(), hold=100)], expected=None, epoch=None),
        return_exceptions=True,
    )

    assert isinstance(results[1], CapRefused)
    assert ((await log.row(S)).held, (await log.row("ses-2")).held) == (60, 100)


async def test_an_overrun_is_booked_even_past_the_cap(log, clock):
    await begin(log, clock, cap=100)
    await log.append(S, [called(at=clock.now(), hold=90)], expected=1, epoch=None)
    await log.append(S, [returned(at=clock.now(), cost=130, release=90)], expected=2, epoch=None)

    assert ((await log.row(S)).spent, (await log.row(S)).held) == (130, 0)


async def test_only_an_approval_raises_the_ask_line_and_never_above_the_cap(log, clock):
    await begin(log, clock, cap=100, ask_line=50)
    lines = []
    for number, up_to in enumerate([70, 60, 1000]):
        approval = f"apr-{number}"
        await log.append(S, [asked(approval, at=clock.now())], expected=None, epoch=None)
        await log.append(S, [answered(approval, at=clock.now(), up_to=up_to)], expected=None, epoch=None)
        lines.append((await log.row(S)).ask_line)

    assert lines == [70, 70, 100]


# --- approvals -------------------------------------------------------------------------------------------------------


async def test_a_question_is_answered_once(log, clock):
    await begin(log, clock)
    await log.append(S, [asked("apr-1", at=clock.now())], expected=None, epoch=None)
    assert ((await log.row(S)).status, (await log.row(S)).question) == ("waiting", "apr-1")
    await log.append(S, [answered("apr-1", "rejected", at=clock.now())], expected=None, epoch=None)

    for answer in (answered("apr-1", at=clock.now()), withdrawn("apr-1", at=clock.now())):
        with pytest.raises(Conflict):
            await log.append(S, [answer], expected=None, epoch=None)
    with pytest.raises(Conflict):
        await log.append(S, [asked("apr-1", at=clock.now())], expected=None, epoch=None)
    assert ((await log.row(S)).version, (await log.row(S)).question) == (3, "")


async def test_an_approval_is_used_once(log, clock):
    await begin(log, clock)
    await log.append(S, [asked("apr-1", at=clock.now())], expected=None, epoch=None)
    with pytest.raises(ApprovalUsed):
        await log.append(S, [called(at=clock.now(), approval="apr-1")], expected=None, epoch=None)

    await log.append(S, [answered("apr-1", at=clock.now())], expected=None, epoch=None)
    await log.append(S, [called(at=clock.now(), approval="apr-1")], expected=None, epoch=None)
    with pytest.raises(ApprovalUsed):
        await log.append(S, [called("c2", at=clock.now(), approval="apr-1")], expected=None, epoch=None)


@pytest.mark.parametrize("answer", ["rejected", "edited"])
async def test_what_was_not_approved_can_not_be_used(log, clock, answer):
    await begin(log, clock)
    await log.append(S, [asked("apr-1", at=clock.now())], expected=None, epoch=None)
    await log.append(S, [answered("apr-1", answer, at=clock.now())], expected=None, epoch=None)

    with pytest.raises(ApprovalUsed):
        await log.append(S, [called(at=clock.now(), approval="apr-1")], expected=None, epoch=None)


async def test_an_approval_is_good_for_its_own_session_alone(log, clock):
    await begin(log, clock)
    await begin(log, clock, session="ses-2")
    await log.append(S, [asked("apr-1", at=clock.now())], expected=None, epoch=None)
    with pytest.raises(Conflict):
        await log.append("ses-2", [answered("apr-1", at=clock.now())], expected=None, epoch=None)

    await log.append(S, [answered("apr-1", at=clock.now())], expected=None, epoch=None)
    with pytest.raises(ApprovalUsed):
        await log.append("ses-2", [called(at=clock.now(), approval="apr-1")], expected=None, epoch=None)


async def test_a_question_can_not_be_answered_or_used_in_the_append_that_brings_it(log, clock):
    await begin(log, clock)
    question, answer = asked("apr-1", at=clock.now()), answered("apr-1", at=clock.now())
    for batch in ([question, answer], [answer, question]):
        with pytest.raises(Conflict):
            await log.append(S, batch, expected=1, epoch=None)

    await log.append(S, [question], expected=1, epoch=None)
    with pytest.raises(ApprovalUsed):
        await log.append(S, [answer, called(at=clock.now(), approval="apr-1")], expected=2, epoch=None)


async def test_a_refused_append_leaves_no_trace_of_its_other_effects(log, clock):
    await begin(log, clock)
    await log.append(S, [asked("apr-1", at=clock.now())], expected=None, epoch=None)
    before = await log.row(S)
    batch = [
        answered("apr-1", at=clock.now(), up_to=90),
        learned(at=clock.now(), worked=True),
        called(at=clock.now(), hold=5, approval="apr-unknown"),
    ]

    with pytest.raises(ApprovalUsed):
        await log.append(S, batch, expected=None, epoch=None)
    assert await log.row(S) == before
    assert await log.recall("f1") == []
    await log.append(S, [answered("apr-1", at=clock.now())], expected=None, epoch=None)


# --- driving ---------------------------------------------------------------------------------------------------------


async def test_a_due_session_is_claimed_by_one_worker(log, clock):
    await begin(log, clock)
    claim = await take(log)

    assert (claim.session, claim.owner, claim.epoch) == (S, "worker-a", 1)
    assert claim.until == clock.now() + 30_000_000
    assert await take(log, "worker-b") is None
    assert await take(log, "worker-b", session=S) is None
    assert await take(log) is None
    assert (await log.row(S)).status == "running"


async def test_the_longest_due_is_claimed_first(log, clock):
    for session in ("ses-b", "ses-a"):
        await begin(log, clock, session=session)
        clock.wind(1)

    assert [(await take(log)).session, (await take(log)).session] == ["ses-b", "ses-a"]
    assert await take(log) is None


async def test_a_session_is_claimed_where_its_folder_is(log, clock):
    await begin(log, clock, place="there")

    assert await take(log, place="here") is None
    assert await take(log, session=S, place="here") is None
    assert (await take(log, place="there")).session == S


async def test_an_expired_lease_is_taken_over_and_the_old_holder_learns_it(log, clock):
    await begin(log, clock)
    old = await take(log, lease=10)
    clock.wind(10)
    assert await take(log, "worker-b") is None
    clock.wind(0.001)
    new = await take(log, "worker-b")

    assert new.epoch == old.epoch + 1
    with pytest.raises(ClaimLost):
        await log.heartbeat(old, lease=10)
    assert await log.release(old, version=1)
    assert (await log.row(S)).owner == "worker-b"


async def test_a_heartbeat_keeps_the_claim(log, clock):
    await begin(log, clock)
    claim = await take(log, lease=10)
    clock.wind(9)
    await log.heartbeat(claim, lease=10)
    clock.wind(9)

    assert await take(log, "worker-b") is None


async def test_release_is_refused_while_there_is_news(log, clock):
    await begin(log, clock)
    claim = await take(log)
    await log.append(S, [paused(at=clock.now())], expected=1, epoch=None)

    assert not await log.release(claim, version=1)
    assert (await log.row(S)).owner == "worker-a"
    assert await log.release(claim, version=2)
    assert (await log.row(S)).owner == ""
    with pytest.raises(ClaimLost):
        await log.heartbeat(claim, lease=10)


async def test_a_question_sleeps_until_its_answer_or_its_deadline(log, clock):
    await begin(log, clock)
    claim = await take(log)
    question = asked("apr-1", at=clock.now(), deadline=clock.now() + 60_000_000)
    await log.append(S, [question], expected=1, epoch=claim.epoch)
    assert await log.release(claim, version=2)

    assert await take(log) is None
    clock.wind(60)
    late = await take(log)
    assert late.session == S
    assert await log.release(late, version=2)
    clock.wind(-30)
    assert await take(log) is None
    await log.append(S, [answered("apr-1", at=clock.now())], expected=2, epoch=None)
    assert (await take(log)).session == S


async def test_a_paused_session_waits_for_its_resume_but_can_be_claimed_by_name(log, clock):
    await begin(log, clock)
    await log.append(S, [paused(at=clock.now())], expected=1, epoch=None)
    assert (await log.row(S)).status == "paused"

    assert await take(log) is None
    by_name = await take(log, session=S)
    assert by_name.session == S
    assert await log.release(by_name, version=2)
    await log.append(S, [resumed(at=clock.now())], expected=2, epoch=None)
    assert (await take(log)).session == S


async def test_an_ended_session_is_never_claimed(log, clock):
    await begin(log, clock)
    await log.append(S, [ended(at=clock.now())], expected=1, epoch=None)
    clock.wind(1e6)

    assert await take(log) is None
    assert await take(log, session=S) is None
    assert ((await log.row(S)).status, (await log.row(S)).outcome) == ("ended", "success")
    assert (await log.row(S)).wake_at is None
