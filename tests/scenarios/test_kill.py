"""Kill -9, for real and at random: a short run of the harness, and proof that the harness can fail."""

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.faults.checker import PROPERTIES, broken
from bench.faults.records import Records, read_records

ROOT = Path(__file__).parents[2]
RUN = """
import sys
from pathlib import Path
import msgspec
from bench.faults.run import run
print(msgspec.json.encode(run(Path(sys.argv[1]), seed=11, kills=60)).decode())
"""


def python(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("killed")


@pytest.fixture(scope="module")
def outcome(folder):
    ran = python("-c", RUN, folder)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.fixture(scope="module")
def healthy(outcome, folder) -> Records:
    return read_records(folder)


def test_whatever_moment_processes_are_killed_at_nothing_is_lost_and_nothing_is_done_twice(outcome):
    assert outcome["broken"] == {}
    assert outcome["kills"] >= 60
    assert min(outcome["sessions"], outcome["effects"], outcome["lost_calls"], outcome["answers"]) > 0


def test_without_the_write_ahead_rule_the_harness_fails():
    ran = python("-m", "bench.faults", "--mutant", "write-ahead", "--kills", 80, "--seed", 1, "--json")
    assert ran.returncode == 1, ran.stderr
    assert "an effect was announced durably before it was done" in json.loads(ran.stdout)["run"]["broken"]


def test_a_rule_that_is_not_known_can_not_be_removed():
    ran = python("-m", "bench.faults", "--mutant", "gravity")
    assert ran.returncode == 2
    assert "`gravity` is not a rule to remove; one of: write-ahead" in ran.stdout


def test_the_checker_imports_nothing_of_what_it_checks():
    script = "import sys, bench.faults.checker; print([name for name in sys.modules if name.startswith('interlock')])"
    assert python("-c", script).stdout == "[]\n"


def _events(records: Records, kind: str):
    return [event for events in records.events.values() for event in events if event.kind == kind]


def _acts(records: Records):
    return [effect for effect in records.effects if not effect["check"]]


def _lose_an_event(records: Records) -> None:
    promised = records.acknowledged[0]
    del records.events[promised["session"]][promised["seq"] - 1]


def _change_an_event(records: Records) -> None:
    records.acknowledged[0]["sha256"] = "0"


def _invent_a_word(records: Records) -> None:
    records.words.append({"session": next(iter(records.sessions)), "who": "eve", "word": "stop", "approval": ""})


def _invent_a_session(records: Records) -> None:
    records.words.append({"session": "ses-gone", "who": "eve", "word": "start", "approval": ""})


def _invent_an_effect(records: Records) -> None:
    records.effects.append({**_acts(records)[0], "call": "call-unheard-of"})


def _repeat_a_call(records: Records) -> None:
    records.effects.append(_acts(records)[0])


def _repeat_an_act_under_another_call(records: Records) -> None:
    once = next(effect for effect in _acts(records) if not effect["arguments"]["idempotent"])
    records.effects.append({**once, "call": "call-other"})


def _return_twice(records: Records) -> None:
    returned = _events(records, "SkillReturned")[0]
    records.events[returned.session].append(returned)


def _check_without_an_end(records: Records) -> None:
    called = _events(records, "ChecksCalled")[0]
    records.events[called.session].append(called)


def _ask_without_an_end(records: Records) -> None:
    asked = _events(records, "ApprovalRequested")[0]
    asked.said["approval"] = "apr-forgotten"


def _use_an_approval_never_given(records: Records) -> None:
    unasked = next(called for called in _events(records, "SkillCalled") if not called.said.get("approval"))
    unasked.said["approval"] = next(iter(records.approvals))


def _use_an_approval_in_the_table_alone(records: Records) -> None:
    next(row for row in records.approvals.values() if not row["used_by"])["used_by"] = "somebody"


def _destroy_unasked(records: Records) -> None:
    _acts(records)[0]["arguments"]["destructive"] = True
    _acts(records)[0]["call"] = "call-unasked"


def _lower_the_cap(records: Records) -> None:
    next(row for row in records.sessions.values() if row["spent"])["cap"] = 0


def _hide_spend(records: Records) -> None:
    next(row for row in records.sessions.values() if row["spent"])["spent"] -= 1


def _cost_more_than_was_booked(records: Records) -> None:
    _acts(records)[0]["cost"] += 1_000_000


def _never_end(records: Records) -> None:
    next(iter(records.sessions.values()))["outcome"] = ""


def _forget_a_cause(records: Records) -> None:
    del records.events[next(iter(records.events))][1]


def _raise(records: Records) -> None:
    records.trouble.append({"who": "worker-1", "what": "Traceback\nOops: it went wrong"})


DAMAGE = [
    (_lose_an_event, "no acknowledged event is lost"),
    (_change_an_event, "no acknowledged event is lost"),
    (_invent_a_word, "no acknowledged word is lost"),
    (_invent_a_session, "no acknowledged word is lost"),
    (_lose_an_event, "sequences have no gap"),
    (_forget_a_cause, "every cause is known"),
    (_invent_an_effect, "an effect was announced durably before it was done"),
    (_repeat_a_call, "nothing that is not idempotent is done twice"),
    (_repeat_an_act_under_another_call, "nothing that is not idempotent is done twice"),
    (_return_twice, "every call ends exactly once"),
    (_check_without_an_end, "every call ends exactly once"),
    (_ask_without_an_end, "every question ends exactly once"),
    (_use_an_approval_never_given, "an approval is used at most once"),
    (_use_an_approval_in_the_table_alone, "an approval is used at most once"),
    (_destroy_unasked, "nothing risky is done unapproved"),
    (_lower_the_cap, "spend never exceeds the cap"),
    (_hide_spend, "spend never exceeds the cap"),
    (_cost_more_than_was_booked, "what was done was paid for"),
    (_never_end, "every session ends"),
    (_raise, "no process ends by an error"),
]


@pytest.mark.parametrize(("damage", "property_"), DAMAGE, ids=[damage.__name__.strip("_") for damage, _ in DAMAGE])
def test_the_checker_notices_records_that_were_damaged(
    healthy: Records, damage: Callable[[Records], None], property_: str
):
    records = copy.deepcopy(healthy)
    damage(records)
    assert property_ in broken(records)


def test_every_property_of_the_checker_is_seen_to_fail():
    assert {property_ for _, property_ in DAMAGE} == set(PROPERTIES)
