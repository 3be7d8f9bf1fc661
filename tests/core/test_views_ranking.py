"""What memory changed is said for every fix that it moved, left out or spoke for, and for no other."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from interlock.core.events import StepReviewed
from interlock.core.learning import Candidate, rank
from interlock.core.memory import Remembered
from interlock.core.plan import Act, Proposal
from interlock.core.remediation import Standing
from interlock.core.views.explaining import explain
from interlock.core.views.ranking import moved
from logs import repaired


def ranked(*records: Remembered, fixes: str = "abc") -> tuple[Standing, ...]:
    proposals = (Proposal(act=Act(skill="s"), agent="debugger", why="", expects="", fix=fix) for fix in fixes)
    return rank([Candidate(proposal=one) for one in proposals], records, "f", "here").standings


def seen(fix: str, wins: int, tries: int, environment: str = "here", **more: int) -> Remembered:
    return Remembered(
        fingerprint="f", fix=fix, environment=environment, wins=wins, tries=tries,
        counted_wins=wins, counted_tries=tries, **more,
    )  # fmt: skip


def test_a_fix_that_moved_is_told_with_its_record_and_its_interval() -> None:
    up, down = moved(ranked(seen("c", 2, 2), seen("a", 0, 1)))
    assert up == (
        "fix `c` moved up from third to first: worked 2 of 2 times here, counts as 2 of 2 trials, "
        "works 46% to 97% of the time (80% sure)"
    )
    assert down.startswith("fix `a` moved down from first to third: worked 0 of 1 time here")


def test_a_fix_that_is_left_out_is_told_with_what_it_could_promise_at_best() -> None:
    told = moved(ranked(seen("a", 0, 3)))
    assert told[-1] == (
        "fix `a` is left out (was first): worked 0 of 3 times here, counts as 0 of 3 trials, works 3% to 44% of the "
        "time (80% sure); even at best (44%) it promises less than one that nobody tried (50%)"
    )


def test_costs_refusals_and_records_from_elsewhere_are_told() -> None:
    assert "a person refused it 1 time" in " ".join(moved(ranked(seen("a", 0, 0, refused=1))))
    assert "costs $2.00 a try" in " ".join(moved(ranked(seen("a", 1, 1, cost=2_000_000))))
    assert "worked elsewhere, which counts as 1 of 1 trials" in " ".join(moved(ranked(seen("b", 2, 2, "there"))))


@given(st.dictionaries(st.sampled_from("abcd"), st.tuples(st.integers(0, 4), st.integers(0, 4))))
def test_every_fix_that_moved_is_told_and_what_memory_does_not_know_stays_unsaid(records) -> None:
    standings = ranked(*(seen(fix, wins, wins + lost) for fix, (wins, lost) in records.items()), fixes="abcd")
    told = " ".join(moved(standings))
    for place, one in enumerate(standings, 1):
        assert (f"`{one.fix}`" in told) == (place != one.before or one.left_out or one.counted_tries > 0)


def test_the_explanation_tells_it_from_the_record_of_that_decision() -> None:
    log = repaired()
    [at] = [
        place
        for place, envelope in enumerate(log.envelopes)
        if isinstance(envelope.data, StepReviewed) and envelope.data.diagnosis is not None
    ][:1]
    reviewed = log.envelopes[at].data
    assert isinstance(reviewed, StepReviewed) and reviewed.diagnosis is not None
    diagnosis = replace(reviewed.diagnosis, ranking=ranked(seen("c", 2, 2)))
    envelope = replace(log.envelopes[at], data=replace(reviewed, diagnosis=diagnosis))
    told = explain([*log.envelopes[:at], envelope, *log.envelopes[at + 1 :]], 1).memory
    assert any(line.startswith("fix `c` moved up from third to first") for line in told)
