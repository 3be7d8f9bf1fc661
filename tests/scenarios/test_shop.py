"""The sentence on the shop, end to end: real packages, services and tests, each command a process of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from msgspec import Struct

from interlock.core.events import (
    ApprovalRequested,
    ChecksReturned,
    Envelope,
    HookDecided,
    LessonLearned,
    SessionEnded,
    SkillCalled,
    SkillReturned,
    StepReviewed,
)
from real_shop import WORDS, Store, opened

pytestmark = pytest.mark.network

Make = Callable[..., Path]


class Told(Struct, frozen=True):
    """A session that ran to its end: what `run` and `approve` printed, what is committed, and its store."""

    store: Store
    asked: CompletedProcess[str]
    question: str
    answered: CompletedProcess[str] | None
    events: list[Envelope]
    shown: dict[str, object]

    def fixes(self) -> list[str]:
        """Every fix that was tried, in order."""
        return [
            each.data.proposal.fix
            for each in self.events
            if isinstance(each.data, SkillCalled) and each.data.proposal.fix is not None
        ]


def hand_over(store: Store, folder: Path) -> Told:
    """Say the sentence, and approve once if it asks."""
    asked = store.interlock("run", WORDS, "--workspace", str(folder), "--non-interactive")
    question = store.question() if asked.returncode == 10 else ""
    answered = store.interlock("approve", question) if question else None
    return Told(store, asked, question, answered, store.events(), store.show())


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The store that the first and the second run share."""
    yield from opened(tmp_path_factory.mktemp("kept") / "home")


@pytest.fixture(scope="module")
def first(kept: Store, shop: Make) -> Told:
    """The first run, with nothing remembered."""
    return hand_over(kept, shop())


@pytest.fixture(scope="module")
def second(first: Told, shop: Make) -> Told:
    """Another copy of the shop, somewhere else, handed over to the store that remembers the first."""
    return hand_over(first.store, shop())


def test_it_asks_before_the_act_that_could_cross_the_line_and_an_approval_from_elsewhere_ends_it_well(
    first: Told,
) -> None:
    assert first.asked.returncode == 10, first.asked.stdout + first.asked.stderr
    assert first.answered is not None
    assert first.answered.returncode == 0, first.answered.stdout + first.answered.stderr
    asked = next(each for each in first.events if isinstance(each.data, ApprovalRequested))
    spent = sum(cost(each) for each in first.events if each.seq < asked.seq)
    assert isinstance(asked.data, ApprovalRequested)
    assert asked.data.rule == "high_cost"
    assert spent <= 50_000_000 < spent + asked.data.worst
    assert f"interlock approve {first.question}" in first.asked.stdout


def cost(envelope: Envelope) -> int:
    """What an event books, in micro-dollars."""
    return envelope.data.cost if isinstance(envelope.data, SkillReturned | ChecksReturned) else 0


def test_different_real_failures_are_each_repaired_by_a_general_remedy(first: Told) -> None:
    lessons = [each.data.lesson for each in first.events if isinstance(each.data, LessonLearned)]
    worked = {lesson.fix.split(":")[0] for lesson in lessons if lesson.worked}
    assert worked >= {"package-drift", "value-not-allowed", "missing-directory", "missing-migration"}
    assert any(not lesson.worked for lesson in lessons), "one failure needed two tries"
    met = [
        each.data.failure.signature
        for each in first.events
        if isinstance(each.data, StepReviewed) and each.data.failure
    ]
    assert len(set(met)) >= 5, "each failure hid the next"


def test_success_rests_on_all_three_checks_after_the_last_change(first: Told) -> None:
    ended = first.events[-1]
    assert isinstance(ended.data, SessionEnded)
    assert ended.data.outcome == "success"
    assert first.shown["checks"] == [
        {"name": name, "kind": name, "passed": True, "fresh": True} for name in ("unit", "smoke", "acceptance")
    ]
    last_checks = max(each.seq for each in first.events if isinstance(each.data, ChecksReturned))
    last_act = max(each.seq for each in first.events if isinstance(each.data, SkillReturned))
    assert last_act < last_checks


def test_the_summary_says_what_was_wrong_what_was_done_what_it_cost_and_who_approved(first: Told) -> None:
    assert first.answered is not None
    said = first.answered.stdout
    for words in (
        "what was wrong",
        "no such table: product",
        "'INF' is not one of",
        "what was done",
        "did not help",
        "package marshmallow: 4.",
        "config/shop.toml",
        "what it cost (declared, not billed)",
        "the ask line of $50.00 was reached, and a person was asked before it was crossed",
        f"{first.question}: process.ensure(web)",
        "approved by",
        "interlock audit verify",
    ):
        assert words in said


def test_the_record_is_sealed_and_every_decision_comes_out_the_same_again(first: Told) -> None:
    assert first.store.interlock("audit", "verify").returncode == 0
    decisions = sum(isinstance(each.data, HookDecided) for each in first.events)
    again = first.store.interlock("replay", first.events[0].session)
    assert again.returncode == 0
    assert again.stdout.splitlines()[-1] == f"{decisions} of {decisions} decisions identical"


def test_every_event_leads_back_to_the_words(first: Told) -> None:
    causes = {each.id: each.cause for each in first.events}
    for each in first.events:
        walked: str = each.id
        while (cause := causes[walked]) is not None:
            walked = cause
        assert walked == first.events[0].id


def test_a_second_run_remembers_needs_fewer_tries_and_never_reaches_the_line(first: Told, second: Told) -> None:
    assert second.asked.returncode == 0, second.asked.stdout + second.asked.stderr
    assert len(second.fixes()) < len(first.fixes())
    assert "the ask line of $50.00 was never reached" in second.asked.stdout
    assert "was remembered (" in second.asked.stdout
    assert not any(isinstance(each.data, ApprovalRequested) for each in second.events)


def test_at_half_the_price_nobody_is_asked(store: Store, shop: Make) -> None:
    told = hand_over(store, shop(price=0.875))
    assert told.asked.returncode == 0, told.asked.stdout + told.asked.stderr
    assert not any(isinstance(each.data, ApprovalRequested) for each in told.events)


def test_at_twice_the_price_the_question_comes_at_an_earlier_act(first: Told, store: Store, shop: Make) -> None:
    asked = store.interlock("run", WORDS, "--workspace", str(shop(price=3.5)), "--non-interactive")
    assert asked.returncode == 10, asked.stdout + asked.stderr
    earlier, usual = question_of(store.events()), question_of(first.events)
    assert earlier.iteration < usual.iteration
    assert isinstance(earlier.data, ApprovalRequested)
    assert isinstance(usual.data, ApprovalRequested)
    assert earlier.data.rule == "high_cost"
    assert earlier.data.digest != usual.data.digest


def question_of(events: list[Envelope]) -> Envelope:
    """The first question that was asked."""
    return next(each for each in events if isinstance(each.data, ApprovalRequested))
