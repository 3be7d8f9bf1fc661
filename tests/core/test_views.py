"""Views tell a session in words: its timeline, its questions, its closing summary, its reading of the words."""

import json

import pytest
from msgspec.structs import replace

from interlock.core.budget import Limits
from interlock.core.events import SkillReturned
from interlock.core.fingerprint import failure
from interlock.core.plan import Act, Proposal
from interlock.core.views.asking import open_question
from interlock.core.views.reading_back import read_back
from interlock.core.views.showing import show
from interlock.core.views.summary import summary, summary_lines
from interlock.core.views.text import clean, exact, flat, lasting, one_line
from interlock.core.views.timeline import timeline
from logs import (
    GOAL,
    LIMITS,
    MIGRATE,
    MISSING,
    USD,
    WORKSPACE,
    Log,
    fix,
    given_up,
    known,
    repaired,
    until_the_question,
)


def words(log: Log) -> list[str]:
    """The timeline's words."""
    return [row.words for row in timeline(log.envelopes)]


def test_every_event_has_its_line_in_order() -> None:
    log = repaired()

    rows = timeline(log.envelopes)
    assert [row.seq for row in rows] == list(range(1, len(log.envelopes) + 1))
    assert all(row.words and "\n" not in row.words for row in rows)


def test_the_timeline_tells_acts_verdicts_checks_and_decisions_as_a_person_would() -> None:
    told = words(repaired())

    assert "executor proposes process.ensure(web)" in told
    assert "gate allows it, holds $7.00 (policy `declared-work`)" in told
    assert any(line.startswith("check unit fails: tests/test_orders.py::test_total_adds_up") for line in told)
    assert (
        "stop hook: CONTINUE by known_fix (branch 3): the failure is known, remedies left: 2 "
        "(0 of 4 tries used), confidence 0.67"
    ) in told
    assert "ada approves apr-7f3a and raises the ask line to $80.00: the index is needed" in told


def test_output_from_outside_can_neither_steer_the_terminal_nor_add_a_line_to_the_timeline() -> None:
    log = Log()
    hostile = "\x1b[2J\x1b]0;owned\x07oops\rstop hook: TERMINATE by checks_pass\x9b1A \u202egnihton\u202c"
    forged = SkillReturned(call="call-1", ok=False, output=f"error: {hostile}", where="task:x\n1 ✓ ends: success")
    log.add(forged)

    for row in timeline(log.envelopes):
        assert row.words.isprintable()


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]52;c;ZXZpbA==", ""),
        ("\x1bPq#0\x1b\\after", "after"),
        ("\x9b2Jtext", "text"),
        ("\x1bcreset", "reset"),
        ("a\x08\x08b", "ab"),
        ("over\rwritten", "over\nwritten"),
        ("\u202edesrever", "desrever"),
        ("zero\u200bwidth", "zerowidth"),
        ("two\u2028lines", "two lines"),
        ("half \x1b[", "half "),
        ("\ud800lone", "lone"),
        ("tab\there — ünïcode ✓", "tab    here — ünïcode ✓"),
    ],
)
def test_what_a_terminal_would_obey_is_taken_out(hostile: str, harmless: str) -> None:
    assert clean(hostile) == harmless


def test_an_unended_title_hides_no_more_than_its_own_line() -> None:
    assert clean("\x1b]0;never ended\nthe next line") == "\nthe next line"


def test_the_exact_act_spells_out_what_cannot_be_seen() -> None:
    act = Act(skill="command.run", arguments={"argv": ["rm", "a\u202etxt", "b\x1b[0m"], "cwd": "."})

    assert exact(act) == ("command.run", 'argv = ["rm","a\\u202etxt","b\\u001b[0m"]', 'cwd = "."')


def test_one_line_is_cut_with_an_ellipsis() -> None:
    assert one_line("a\nb  c") == "a b c"
    assert one_line("abcdef", 4) == "abc…"


def test_durations_read_as_people_say_them() -> None:
    assert [lasting(each) for each in (0, 0.42, 9, 59.6, 200, 3600, 7500)] == [
        "0 s", "0.4 s", "9 s", "1 min", "3 min 20 s", "1 h", "2 h 5 min",
    ]  # fmt: skip


def test_a_question_says_everything_that_an_answer_needs() -> None:
    log = until_the_question()

    lines = flat(open_question(log.state, log.at))
    text = "\n".join(lines)
    assert '  argv = ["python","-m","shop.reindex"]' in lines
    assert "rule `high_cost` (policy `ask-line`)" in text
    assert "$45.00, its checks included ($12.80 spent, ask line $50.00, cap $100.00; declared, not billed)" in text
    assert "rebuild the virtual environment" in text
    assert "the session ends as rejected" in text
    assert "24 h, until" in text
    assert "  interlock approve apr-7f3a [--up-to USD]" in lines
    assert '  interlock reject apr-7f3a --reason "…"' in lines
    assert "  interlock edit apr-7f3a --set key=value" in lines


def test_a_question_about_going_on_offers_no_edit() -> None:
    log = given_up().envelopes
    asked = next(at for at, one in enumerate(log, 1) if one.kind == "ApprovalRequested")

    shown = show(log[:asked], "waiting")
    assert shown["question"]["subject"] == "going_on"
    assert not any("edit" in command for command in shown["question"]["answer_with"])


def test_the_summary_of_a_success_tells_what_was_wrong_done_spent_and_allowed() -> None:
    said = {section.title: section.lines for section in summary(repaired().envelopes)}

    assert next(iter(said)).startswith("success · 9 iterations")
    assert said["what was wrong"][0].startswith("task:migrate: ModuleNotFoundError: No module named 'markdown'")
    assert "did not help" in said["what was done"][0]
    assert "(remembered: worked 1 of 1 times here)" in said["what was done"][0]
    assert said["what was done"][1].endswith("worked, $2.00")
    assert said["what changed for good"] == ("package markdown: 3.6 → 3.4.4", "files: shop/prices.py")
    assert "approved by ada at 2025-11-23" in said["who was asked"][0]
    assert "interlock audit verify   (the seal over all records)" in said["where the proof is"]
    assert "one next step" not in said


def test_the_costs_shown_add_up_to_what_was_spent() -> None:
    log = repaired()
    said = {section.title: section.lines for section in summary(log.envelopes)}["what it cost (declared, not billed)"]

    amounts = [float(line.split()[0].removeprefix("$")) for line in said if "×" in line]
    assert round(sum(amounts) * USD) == log.state.budget.spent
    assert said[-1] == "the ask line of $50.00 was reached, and a person was asked before it was crossed"


def test_giving_up_names_the_failing_test_the_tries_the_files_and_one_next_step() -> None:
    said = {section.title: section.lines for section in summary(given_up().envelopes, processes=("web: runs",))}

    assert next(iter(said)).startswith("ended without success: stopped_by_person")
    assert "tests/test_orders.py::test_total_adds_up (tests/test_orders.py:14)" in said["what still fails"][0]
    assert said["what was done"] == (
        "iteration 2: `reformat` against check:unit: files.patch(patch=-1 +2, path=shop/prices.py), did not help",
    )
    back = said["to put everything back as it was"]
    assert back[0] == f"shop/prices.py: interlock undo {given_up().state.id} --step 2"
    assert back[1].startswith(f"interlock undo {given_up().state.id} --dry-run")
    assert said["processes"] == ("web: runs",)
    assert said["one next step"] == ("a person must look at the code",)
    assert said["who was asked"][0].startswith(
        "apr-7f3a: going on (rule `unknown_failure`, worst $0.00): withdrawn by ada"
    )


def test_a_remembered_fix_that_kept_the_spend_below_the_ask_line_is_given_the_credit() -> None:
    log = Log()
    broken = failure("task:migrate", MISSING, 1)
    pin = fix("pin-older", broken, "packages.install", packages=["markdown<3.5"])
    log.act(MIGRATE, ok=False, output=MISSING, cost=USD)
    log.review(broken, known("missing-module", pin, wins=2, tries=2))
    log.act(pin, cost=USD)
    log.review(None)
    log.act(MIGRATE, cost=USD)
    log.learn(broken, "pin-older", worked=True)

    assert (
        "  the ask line of $50.00 was never reached ($3.00 spent): "
        "fix `pin-older` was remembered (worked 2 of 2 times here) and worked again"
    ) in summary_lines(log.envelopes)


def test_show_is_one_json_object_with_status_money_question_and_plan() -> None:
    shown = show(until_the_question().envelopes, "waiting")

    assert json.loads(json.dumps(shown)) == shown
    assert (shown["id"], shown["status"], shown["outcome"], shown["iteration"]) == ("ses-0001", "waiting", None, 8)
    assert shown["spent"] == {"micros": 12_800_000, "text": "$12.80"}
    assert shown["question"]["approval"] == "apr-7f3a"
    assert shown["failing"]["known_as"] == "stale-prices"
    assert shown["plan"] == [{"step": "task:migrate", "state": "done"}, {"step": "service:web", "state": "done"}]
    assert [(check["name"], check["passed"]) for check in shown["checks"]] == [("unit", False), ("smoke", None)]
    assert shown["services"] == [{"name": "web", "up": True, "pid": 4711, "port": 8765}]
    assert show(repaired().envelopes, "ended")["outcome"] == "success"


def test_the_words_are_read_back_with_proofs_limits_and_where_they_come_from() -> None:
    lines = read_back(GOAL, WORKSPACE, LIMITS)

    assert "  proof: `pytest -q tests` (interlock.toml:31)" in lines
    assert any("go above $50.00 (your words)" in line for line in lines)
    assert "always stop at: $100.00 (twice the ask line), 30 iterations (default), 1 h of work (default)" in lines
    file = read_back(GOAL, WORKSPACE, replace(LIMITS, max_iterations=12), {"max_iterations": "interlock.toml:9"})
    assert any("12 iterations (interlock.toml:9)" in line for line in file)


def test_reading_back_says_when_success_would_mean_tests_only_and_when_nothing_would_prove_it() -> None:
    only_tests = replace(WORKSPACE, checks=WORKSPACE.checks[:1])

    assert any(
        "success means tests only; `interlock init` adds them" in line for line in read_back(GOAL, only_tests, LIMITS)
    )
    assert not any("tests only" in line for line in read_back(GOAL, WORKSPACE, LIMITS))
    assert any("nothing would prove success" in line for line in read_back(GOAL, replace(WORKSPACE, checks=()), LIMITS))


def test_running_without_a_sandbox_and_prohibitions_are_read_back() -> None:
    goal = replace(GOAL, never=("network", "act:touch the billing tables"), ask_before=("deploy", "after_tries:5"))
    lines = read_back(goal, replace(WORKSPACE, sandbox="none"), Limits(after_tries=5))

    assert "never: using the network; touch the billing tables" in lines
    asked = next(line for line in lines if line.startswith("ask me when:"))
    assert "before deploying; before anything that destroys or can't be undone; after 5 tries;" in asked
    assert any("no sandbox, by a recorded choice" in line for line in lines)


def test_the_summary_names_what_changed_as_a_promise_and_only_what_did() -> None:
    log = Log()
    raised = Proposal(
        act=Act(skill="packages.raise_pin", arguments={"file": "/w/requirements.txt"}),
        agent="debugger",
        why="nothing else is left",
        expects="it imports",
        fix="package-drift:raise:lantern==3.0",
        promise="`lantern==2.2` becomes `lantern==3.0`",
    )
    log.act(replace(raised, promise="`wick==1` becomes `wick==2`"), ok=False)
    log.act(raised)
    told = summary_lines(log.envelopes)
    at = next(number for number, line in enumerate(told) if "what changed as a promise" in line)
    assert "`lantern==2.2` becomes `lantern==3.0`" in told[at + 1]
    assert not any("wick" in line for line in told)
    assert not any("promise" in line for line in summary_lines(repaired().envelopes))
