"""The independent checker: each property is a function of what a run left behind, and imports nothing of interlock."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from bench.faults.records import Record, Records

Property = Callable[[Records], Iterator[str]]
ENDINGS = ("ApprovalAnswered", "ApprovalExpired", "ApprovalWithdrawn")
WORD_KINDS = {"pause": "SessionPaused", "resume": "SessionResumed", "stop": "StopRequested"}
ANSWERS = {"approve": "approved", "reject": "rejected", "edit": "edited"}


def no_acknowledged_event_is_lost(records: Records) -> Iterator[str]:
    """What `append` promised is in the database, with the same bytes."""
    stored = {(event.session, event.seq): event for events in records.events.values() for event in events}
    for promise in records.acknowledged:
        event = stored.get((promise["session"], promise["seq"]))
        if event is None or (event.id, event.sha256) != (promise["id"], promise["sha256"]):
            yield f"{promise['session']} {promise['seq']}: {'missing' if event is None else 'other bytes'}"


def no_acknowledged_word_is_lost(records: Records) -> Iterator[str]:
    """What a person was told was taken is in the log, once for each time."""
    said = Counter(
        (word["session"], word["who"], word["word"], word["approval"])
        for word in records.words
        if word["word"] != "start"
    )
    heard = Counter(_word(event) for events in records.events.values() for event in events)
    for word, times in said.items():
        if heard[word] < times:
            yield f"{word} was taken {times} times, and is recorded {heard[word]} times"
    for begun in {word["session"] for word in records.words} - records.sessions.keys():
        yield f"{begun} was begun, and is not there"


def _word(event: Record) -> tuple[str, str, str, str]:
    who = event.actor.removeprefix("person:")
    if event.kind == "ApprovalAnswered":
        word = next(word for word, answer in ANSWERS.items() if answer == event.said["answer"])
        return event.session, who, word, event.said["approval"]
    return event.session, who, next((word for word, kind in WORD_KINDS.items() if kind == event.kind), ""), ""


def sequences_have_no_gap(records: Records) -> Iterator[str]:
    """Each session counts from 1, its row stands at the last, and no id comes twice."""
    for session, events in records.events.items():
        if [event.seq for event in events] != list(range(1, len(events) + 1)):
            yield f"{session}: gap"
        if session and records.sessions[session]["version"] != len(events):
            yield f"{session}: the row is at {records.sessions[session]['version']}, the log at {len(events)}"
    ids = Counter(event.id for events in records.events.values() for event in events)
    yield from (f"id {id} {times} times" for id, times in ids.items() if times > 1)


def every_cause_is_known(records: Records) -> Iterator[str]:
    """Every event but the first names an earlier one of its session as its cause."""
    for session, events in records.events.items():
        seen: set[str | None] = {None}
        for event in events:
            if event.cause not in seen or (event.cause is None) != (event.seq == 1):
                yield f"{session} {event.seq} {event.kind}: cause {event.cause}"
            seen.add(event.id)


def effects_were_announced(records: Records) -> Iterator[str]:
    """Every effect of an act has its SkillCalled, every check that ran its ChecksCalled."""
    for effect in records.effects:
        session, call = effect["session"], effect["call"]
        if effect["check"]:
            names = {name for event in records.of_kind(session, "ChecksCalled") for name in event.said["checks"]}
            if call.removeprefix("check-") not in names:
                yield f"{session} {call}: never announced"
            continue
        announced = [event for event in records.of_kind(session, "SkillCalled") if event.said["call"] == call]
        if len(announced) != 1 or _arguments(announced[0]) != effect["arguments"]:
            yield f"{session} {call}: announced {len(announced)} times, or as another act"


def _arguments(called: Record) -> Any:
    return called.said["proposal"]["act"]["arguments"]


def nothing_is_done_twice(records: Records) -> Iterator[str]:
    """No call is performed twice, and no act that is not idempotent, whatever its call is called."""
    acts = [effect for effect in records.effects if not effect["check"]]
    calls = Counter((effect["session"], effect["call"]) for effect in acts)
    once = Counter(
        (effect["session"], json.dumps(effect["arguments"], sort_keys=True))
        for effect in acts
        if not effect["arguments"]["idempotent"]
    )
    yield from (f"{what} {times} times" for what, times in (calls + once).items() if times > 1)


def every_call_ends_once(records: Records) -> Iterator[str]:
    """Each announced act returned or was lost, and never both; calls and checks of one session take turns."""
    for session in records.sessions:
        ends = Counter(event.said["call"] for event in records.of_kind(session, "SkillReturned", "CallLost"))
        calls = Counter(event.said["call"] for event in records.of_kind(session, "SkillCalled"))
        for call in calls | ends:
            if (calls[call], ends[call]) != (1, 1):
                yield f"{session} {call}: called {calls[call]} times, ended {ends[call]} times"
        checks = [event.kind for event in records.of_kind(session, "ChecksCalled", "ChecksReturned")]
        if checks != ["ChecksCalled", "ChecksReturned"] * (len(checks) // 2):
            yield f"{session}: checks {checks}"


def every_question_ends_once(records: Records) -> Iterator[str]:
    """A question is asked once, and answered, expired or withdrawn once, and the approvals' table says the same."""
    for session in records.sessions:
        asked = Counter(event.said["approval"] for event in records.of_kind(session, "ApprovalRequested"))
        ended = Counter(event.said["approval"] for event in records.of_kind(session, *ENDINGS))
        is_open = records.sessions[session]["question"]
        for approval in asked | ended:
            if (asked[approval], ended[approval] + (approval == is_open)) != (1, 1):
                yield f"{session} {approval}: asked {asked[approval]} times, ended {ended[approval]} times"
    for event in (event for events in records.events.values() for event in events if event.kind in ENDINGS):
        status = event.said.get("answer") or event.kind.removeprefix("Approval").lower()
        if records.approvals[event.said["approval"]]["status"] != status:
            yield f"{event.session} {event.said['approval']}: stands otherwise than it ended, {status}"


def approvals_are_used_once(records: Records) -> Iterator[str]:
    """An act's approval was given before, to exactly this act, and to no other call; the table names the use."""
    uses: Counter[str] = Counter()
    for session, events in records.events.items():
        asked: dict[str, Any] = {}
        given: dict[str, Any] = {}
        for event in events:
            approval = event.said.get("approval") or ""
            if event.kind == "ApprovalRequested" and event.said["subject"] == "act":
                asked[approval] = _arguments(event)
            elif event.kind == "ApprovalAnswered" and event.said["answer"] == "approved" and approval in asked:
                given[approval] = asked[approval]
            elif event.kind == "SkillCalled" and approval:
                uses[approval] += 1
                if given.get(approval) != _arguments(event):
                    yield f"{session} {event.seq}: `{approval}` was not given to this act"
                elif uses[approval] == 1 and records.approvals[approval]["used_by"] != event.id:
                    yield f"{session} {event.seq}: `{approval}` is used by {records.approvals[approval]['used_by']}"
    yield from (f"{approval} used {times} times" for approval, times in uses.items() if times > 1)
    for approval, row in records.approvals.items():
        if row["used_by"] and not uses[approval]:
            yield f"{approval} is marked used, and no call used it"


def risky_effects_were_approved(records: Records) -> Iterator[str]:
    """Nothing destroys anything without an approval."""
    approved = {
        event.said["call"]
        for events in records.events.values()
        for event in events
        if event.kind == "SkillCalled" and event.said.get("approval")
    }
    for effect in records.effects:
        if effect["arguments"].get("destructive") and effect["call"] not in approved:
            yield f"{effect['session']} {effect['call']}: destroyed something, and nobody had allowed it"


def spend_stays_under_the_cap(records: Records) -> Iterator[str]:
    """At no event do spent and held exceed the cap, or anything fall below zero; the row says what the events say."""
    for session, row in records.sessions.items():
        spent = held = 0
        for event in records.events.get(session, ()):
            said = event.said
            spent += said.get("cost", 0) if event.kind in ("SkillReturned", "CallLost", "ChecksReturned") else 0
            held += said.get("hold", 0) if event.kind in ("SkillCalled", "ChecksCalled") else 0
            held -= said.get("release", 0)
            if spent + held > row["cap"] or held < 0:
                yield f"{session} {event.seq}: {spent} spent, {held} held, cap {row['cap']}"
            if event.kind == "SessionEnded":
                held = 0
        if (row["spent"], row["held"]) != (spent, held):
            yield f"{session}: the row says {row['spent']} and {row['held']}, its events {spent} and {held}"


def effects_were_paid_for(records: Records) -> Iterator[str]:
    """What the effects really cost was booked, and stays under the cap."""
    cost: Counter[str] = Counter()
    for effect in records.effects:
        cost[effect["session"]] += effect["cost"]
    for session, real in cost.items():
        row = records.sessions.get(session, {"spent": 0, "held": 0, "cap": 0})
        if real > row["spent"] + row["held"] or real > row["cap"]:
            yield f"{session}: cost {real}, booked {row['spent']}, held {row['held']}, cap {row['cap']}"


def every_session_ends(records: Records) -> Iterator[str]:
    """Once everything is answered every session ends, by one event, the last, and the row says so."""
    for session, row in records.sessions.items():
        events = records.events.get(session, [])
        ends = [event for event in events if event.kind == "SessionEnded"]
        if len(ends) != 1 or events[-1] is not ends[0] or row["outcome"] != ends[0].said["outcome"]:
            last = events[-1].kind if events else "nothing"
            yield f"{session}: {len(ends)} ends, last {last}, row `{row['outcome']}`"


def nobody_was_in_trouble(records: Records) -> Iterator[str]:
    """No process ended by an error of its own."""
    yield from (f"{trouble['who']}: {trouble['what'].strip().splitlines()[-1]}" for trouble in records.trouble)


PROPERTIES: dict[str, Property] = {
    "no acknowledged event is lost": no_acknowledged_event_is_lost,
    "no acknowledged word is lost": no_acknowledged_word_is_lost,
    "sequences have no gap": sequences_have_no_gap,
    "every cause is known": every_cause_is_known,
    "an effect was announced durably before it was done": effects_were_announced,
    "nothing that is not idempotent is done twice": nothing_is_done_twice,
    "every call ends exactly once": every_call_ends_once,
    "every question ends exactly once": every_question_ends_once,
    "an approval is used at most once": approvals_are_used_once,
    "nothing risky is done unapproved": risky_effects_were_approved,
    "spend never exceeds the cap": spend_stays_under_the_cap,
    "what was done was paid for": effects_were_paid_for,
    "every session ends": every_session_ends,
    "no process ends by an error": nobody_was_in_trouble,
}


def broken(records: Records) -> dict[str, list[str]]:
    """The broken properties by name, each with its problems."""
    found = {name: list(property_(records)) for name, property_ in PROPERTIES.items()}
    return {name: problems for name, problems in found.items() if problems}
