"""The contract of what is remembered: one suite, run over the model in memory and the store on SQLite."""

from msgspec.structs import replace

from interlock.core.memory import HALF_LIFE, Remembered
from store_drafts import S, begin, learned


async def test_lessons_add_up_by_failure_fix_and_environment(log, clock):
    await begin(log, clock)
    lessons = [learned(at=clock.now() + n, worked=n != 1, cost=5) for n in range(3)]
    await log.append(S, [*lessons, learned(at=clock.now(), worked=False, fix="wait")], expected=None, epoch=None)

    known = {entry.fix: entry for entry in await log.recall("f1")}
    reinstall = known["reinstall"]
    assert (reinstall.wins, reinstall.tries, reinstall.cost, reinstall.last_at) == (2, 3, 15, clock.now() + 2)
    assert (known["wait"].wins, known["wait"].tries) == (0, 1)
    assert await log.recall("f2") == []
    assert [entry.fix for entry in await log.remembered(limit=1)] == ["reinstall"]


async def test_what_is_remembered_counts_less_as_it_ages(log, clock):
    await begin(log, clock)
    await log.append(S, [learned(at=clock.now(), worked=True)], expected=None, epoch=None)
    clock.wind(HALF_LIFE / 1_000_000)
    [known] = await log.recall("f1")
    assert (known.counted_wins, known.counted_tries, known.tries) == (0.5, 0.5, 1)
    assert await log.remembered() == [known]
    assert [one.counted_tries for one in await log.all_memory()] == [1.0]


async def test_what_another_store_learned_stands_apart_and_is_replaced_as_a_whole(log, clock):
    await begin(log, clock)
    await log.append(S, [learned(at=clock.now(), worked=True)], expected=None, epoch=None)
    [own] = await log.all_memory()
    theirs = [replace(own, fix=fix, tries=7) for fix in ("reinstall", "wait")]

    assert await log.take_in(theirs, origin="interlock/b") == 2
    assert await log.take_in(theirs[:1], origin="interlock/b") == 1
    assert [(one.fix, one.origin, one.tries) for one in await log.all_memory()] == [
        ("reinstall", "", 1),
        ("reinstall", "interlock/b", 7),
    ]
    await log.append(S, [learned(at=clock.now(), worked=True)], expected=None, epoch=None)
    assert {one.origin: one.tries for one in await log.recall("f1")} == {"": 2, "interlock/b": 7}


async def test_what_was_forgotten_here_is_not_brought_back_from_elsewhere(log, clock):
    theirs = [
        Remembered(fingerprint="f1", fix=fix, environment="py311", wins=1, tries=1, counted_tries=1.0)
        for fix in ("reinstall", "wait")
    ]
    await log.take_in(theirs, origin="interlock/b")
    assert await log.forget("f1", "wait") == 1
    assert await log.take_in(theirs, origin="interlock/b") == 1
    assert [one.fix for one in await log.recall("f1")] == ["reinstall"]


async def test_what_is_forgotten_leaves_a_mark_and_begins_anew(log, clock):
    await begin(log, clock)
    lessons = [learned(at=clock.now(), worked=True, fix=fix) for fix in ("reinstall", "wait")]
    await log.append(S, lessons, expected=None, epoch=None)

    assert await log.forget("f1", "wait") == 1
    assert await log.forget("f1", "wait") == 0
    assert [entry.fix for entry in await log.recall("f1")] == ["reinstall"]
    assert [entry.fix for entry in await log.remembered()] == ["reinstall"]
    assert [(entry.fix, entry.tries, entry.forgotten) for entry in await log.all_memory()] == [
        ("reinstall", 1, False),
        ("wait", 0, True),
    ]
    await log.append(S, [learned(at=clock.now(), worked=False, fix="wait")], expected=None, epoch=None)
    assert [(entry.wins, entry.tries) for entry in await log.recall("f1") if entry.fix == "wait"] == [(0, 1)]
    assert await log.forget("f1") == 2
