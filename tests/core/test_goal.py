"""Words become a goal exactly, or a question, or a refusal: no limit is ever lost, loosened or invented."""

import re
from collections.abc import Callable
from time import perf_counter
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bench import words as judged
from interlock.core.goal import Goal, Reading, read
from interlock.core.goal.amounts import recognise
from interlock.core.goal.tokens import lex, normal
from interlock.core.money import MICROS

SHARED, MORE = judged.rows(judged.SHARED), judged.rows(judged.MORE)


def micros(dollars: float | None) -> int | None:
    return None if dollars is None else round(dollars * MICROS)


def by_number(acts: list[str] | tuple[str, ...]) -> list[str]:
    return sorted("act" if act.startswith("act:") else act for act in acts)


def limits(goal: Goal) -> tuple[object, ...]:
    return (goal.ask_above, goal.cap, goal.max_iterations, goal.max_time, by_number(goal.ask_before), len(goal.never))


@pytest.mark.parametrize("rows", [SHARED, MORE], ids=["shared", "more"])
def test_sentences_are_read_as_a_careful_person_would(rows: list[dict[str, Any]]) -> None:
    scores = [judged.score(row) for row in rows]
    assert [one for one in scores if one.grade == "fatal"] == []
    assert sum(one.grade == "tolerated" for one in scores) <= len(rows) * judged.TOLERATED


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("ask_above_usd", 49),
        ("cap_usd", None),
        ("max_iterations", 7),
        ("max_minutes", 31),
        ("until", []),
        ("ask_before", ["destructive"]),
        ("never", []),
        ("expect", "ask"),
    ],
)
def test_one_wrong_field_is_fatal(field: str, wrong: object) -> None:
    say = "Fix it until tests pass, ask above $5, cap $9, max 3 tries and 30 minutes, ask before deploys, never push."
    row = judged.reading(say) | {"say": say}
    assert judged.score(row).grade == "exact"
    assert judged.score(row | {field: wrong}).grade == "fatal"
    assert judged.score(row | {"say": f"{say} Ask me above 50."}).grade == "tolerated"


def test_the_score_ends_with_0_only_when_nothing_is_short(capsys: pytest.CaptureFixture[str]) -> None:
    assert judged.main([]) == 0
    printed = capsys.readouterr().out
    assert "commands.jsonl: 40 sentences, 0 fatal (0 allowed)" in printed


@pytest.mark.parametrize("row", SHARED + MORE, ids=lambda row: str(row["say"])[:60])
def test_a_question_or_a_refusal_says_why(row: dict[str, Any]) -> None:
    reading = read(str(row["say"]))
    assert (reading.expect == "read") == (reading.questions == ())
    assert reading.words == row["say"]


def test_the_objective_keeps_the_object_and_the_verb() -> None:
    assert read("please keep fixing the deployment until it passes all tests").goal.objective == "fix the deployment"
    assert read("Bump node from 18 to 20 in 3 services until all 42 tests pass").goal.objective == (
        "bump node from 18 to 20 in 3 services"
    )
    assert read("Don't stop until `pytest -q` passes").goal.objective == "make `pytest -q` pass"


def test_a_question_quotes_the_doubtful_words() -> None:
    assert "`until alembic is happy`" in " ".join(read("Fix the migrations until alembic is happy").questions)
    assert "`€50`" in " ".join(read("Fix the build until tests pass, ask above €50").questions)


def test_an_ask_line_that_moves_on_by_itself_is_a_question_that_says_how_it_moves() -> None:
    reading = read("Fix the build until tests pass, ask me at $50 and every further $10")
    assert (reading.expect, reading.goal.ask_above) == ("ask", micros(50))
    assert "`approve --up-to` sets the next one" in reading.questions[0]


def test_words_that_were_not_understood_are_named() -> None:
    reading = read("The nightly job is broken since Monday. Fix it until all tests pass, max $6.")
    assert reading.expect == "read"
    assert reading.unread == ("The nightly job is broken since Monday",)


@given(st.text(max_size=300))
@settings(max_examples=300, deadline=None)
def test_reading_is_total(words: str) -> None:
    assert isinstance(read(words), Reading)


_WORDS = st.sampled_from(
    [
        "ask",
        "me",
        "if",
        "when",
        "before",
        "above",
        "$50",
        "fifty",
        "one",
        "dollars",
        "until",
        "tests",
        "pass",
        "never",
        "don't",
        "without",
        "stop",
        "after",
        "5",
        "tries",
        "hours",
        "a",
        "and",
        "a",
        "half",
        "or",
        "but",
        ",",
        ".",
        ";",
        "(",
        ")",
        '"',
        "'",
        "`",
        "max",
        "cap",
        "no",
        "more",
        "than",
        "fix",
        "the",
        "build",
        "deploy",
        "$",
        "-",
        "€",
        "1,2",
        "0",
        "k",
        "and",
        "then",
        "you",
        "may",
        "only",
        "unless",
    ]
)


@given(st.lists(_WORDS, max_size=30))
@settings(max_examples=400, deadline=None)
def test_a_heap_of_the_grammars_own_words_invents_no_amount(heap: list[str]) -> None:
    goal = read(" ".join(heap)).goal
    assert {goal.ask_above, goal.cap} == {None} or re.search(r"\$|dollars|spend", " ".join(heap))


@given(st.sampled_from(['"', "'", "“”", "«»"]), st.sampled_from(SHARED[:9] + SHARED[32:34]))
def test_what_is_quoted_is_never_a_limit(marks: str, row: dict[str, Any]) -> None:
    inner = str(row["say"]).translate(str.maketrans("", "", "\"'`"))
    reading = read(f"Fix the failure in this log until tests pass: {marks[0]}{inner}{marks[-1]}")
    assert limits(reading.goal) == (None, None, None, None, [], 0)
    assert reading.goal.until == ("tests",)
    assert reading.expect == "read"


def dollars(amount: int) -> st.SearchStrategy[str]:
    return st.sampled_from(
        [f"${amount}", f"${amount}.00", f"{amount} dollars", f"{amount} bucks", f"US${amount}", f"USD {amount}"]
    )


_ASKS = [
    "ask me if cost goes above {}",
    "ask me above {}",
    "check with me before you spend more than {}",
    "ping me at {}",
    "ask me once it costs more than {}",
]
_CAPS = ["never spend more than {}", "hard cap {}", "stop at {}", "{} max", "at most {}", "don't exceed {}"]

_NEVERS = ["never {}", "don't {}", "do not {}", "you must not {}", "under no circumstances {}", "don't ever {}"]
_BEFORES = ["ask me before {}", "check with me before {}", "I want to approve any {}", "get my ok before {}"]


@st.composite
def sentences(draw: st.DrawFn) -> tuple[str, tuple[object, ...]]:
    ask, cap = sorted((draw(st.integers(1, 999)), draw(st.integers(1, 999))))
    tries, minutes = draw(st.integers(1, 99)), draw(st.integers(1, 300))
    a, c = draw(dollars(ask)), draw(dollars(cap))
    said = {
        "work": draw(
            st.sampled_from(["fix the deployment", "keep fixing the deployment", "please repair the login page"])
        ),
        "until": "until " + draw(st.sampled_from(["it passes all tests", "all tests pass", "the test suite is green"])),
        "ask": draw(st.sampled_from(_ASKS)).format(a),
        "cap": draw(st.sampled_from(_CAPS)).format(c),
        "tries": draw(st.sampled_from(["at most {} tries", "give up after {} attempts", "max {} iterations"])).format(
            tries
        ),
        "time": draw(st.sampled_from(["at most {} minutes", "max {} min", "stop after {} minutes"])).format(minutes),
        "never": draw(st.sampled_from(_NEVERS)).format(draw(st.sampled_from(["push to main", "touch prod"]))),
        "before": draw(st.sampled_from(_BEFORES)).format(draw(st.sampled_from(["pushing to main", "touching prod"]))),
    }
    order = draw(st.permutations(list(said)))
    kept = [key for key in order if key in ("work", "until") or draw(st.booleans())]
    glue = draw(st.sampled_from([", ", ". ", "; ", " and ", ", but ", " — ", ",\n", ". Also, "]))
    has = {key: value if key in kept else None for key, value in [("ask", ask), ("cap", cap), ("tries", tries)]}
    seconds = minutes * 60 if "time" in kept else None
    acts = (["act"] if "before" in kept else [], int("never" in kept))
    return glue.join(said[key] for key in kept), (micros(has["ask"]), micros(has["cap"]), has["tries"], seconds, *acts)


@given(sentences())
@settings(max_examples=400, deadline=None)
def test_clauses_are_read_exactly_in_any_order_and_punctuation(sentence: tuple[str, tuple[object, ...]]) -> None:
    words, exactly = sentence
    reading = read(words)
    assert reading.expect == "read", reading.questions
    assert limits(reading.goal) == exactly
    assert reading.goal.until == ("tests",)


_READ = [str(row["say"]) for row in SHARED + MORE if row["expect"] == "read"]


@given(
    st.sampled_from(_READ),
    st.sampled_from([str.upper, str.lower, str.title]),
    st.sampled_from([" ", "  ", "\t", " \n"]),
)
@settings(max_examples=200, deadline=None)
def test_case_and_blanks_never_change_a_limit(words: str, cased: Callable[[str], str], blank: str) -> None:
    changed = cased(words).replace(" ", blank) if "`" not in words and "/" not in words else words.replace(" ", blank)
    reading = read(changed)
    assert reading.expect != "read" or limits(reading.goal) == limits(read(words).goal)


@given(st.sampled_from(_READ), st.data())
@settings(max_examples=400, deadline=None)
def test_a_lost_or_swapped_letter_never_loosens_a_limit(words: str, data: st.DataObject) -> None:
    letters = [i for i, letter in enumerate(words[:-1]) if letter.isalpha() and words[i + 1].isalpha()]
    at = data.draw(st.sampled_from(letters))
    slip = data.draw(
        st.sampled_from([words[:at] + words[at + 1 :], words[:at] + words[at + 1] + words[at] + words[at + 2 :]])
    )
    assume(
        not {"pending", "sending"} & set(slip.split())
    )  # words of their own: nobody could know that spending was meant
    reading, meant = read(slip), read(words)
    if reading.expect == "read":
        assert limits(reading.goal)[:4] == limits(meant.goal)[:4], slip
        assert bool(reading.goal.ask_before) == bool(meant.goal.ask_before), slip
        assert bool(reading.goal.never) == bool(meant.goal.never), slip


@given(st.sampled_from(_READ), st.sampled_from(_READ), st.data())
@settings(max_examples=400, deadline=None)
def test_words_lost_repeated_swapped_or_mixed_up_invent_no_figure(one: str, other: str, data: st.DataObject) -> None:
    words, foreign = one.split(), other.split()
    at = data.draw(st.integers(0, len(words) - 1))
    mixed = data.draw(
        st.sampled_from(
            [
                [*words[:at], *words[at + 1 :]],
                [*words[: at + 1], *words[at:]],
                [*words[:at], *words[at + 1 : at + 2], words[at], *words[at + 2 :]],
                [*words[:at], *foreign[at : at + 3], *words[at:]],
                [*words[:at], *foreign],
            ]
        )
    )
    said = {token.value for token in recognise(lex(normal(" ".join(mixed)))).tokens if token.value is not None}
    dollars_said = {micros(float(each)) for each in said if not isinstance(each, str)}
    goal = read(" ".join(mixed)).goal
    assert {goal.ask_above, goal.cap} <= said | dollars_said | {None, 0}
    assert {goal.max_iterations, goal.max_time} <= said | {None}


def test_a_sentence_is_read_in_a_few_milliseconds() -> None:
    read("fix it")
    spent = []
    for row in SHARED:
        start = perf_counter()
        read(str(row["say"]))
        spent.append(perf_counter() - start)
    assert sorted(spent)[len(spent) // 2] < 0.05  # ten times what it takes: a guard against runaway patterns


def test_a_very_long_text_is_refused_rather_than_searched() -> None:
    assert read("fix the build and " * 10_000).expect == "refuse"
    assert read("fix " + "a " * 2_000).expect == "refuse"
