"""The views over logs that the engine itself wrote: nothing is lost, nothing is invented, every chain is whole."""

import io

import pytest

from interlock.cli.render.console import console_for
from interlock.cli.render.plain import PlainView
from interlock.core.commands import Approve, Pause, Reject, Resume, Stop
from interlock.core.events import Envelope
from interlock.core.policy import Request, Verdict
from interlock.core.views.explaining import decisions, explain
from interlock.core.views.replaying import redecide, trace
from interlock.core.views.showing import show
from interlock.core.views.summary import summary
from interlock.core.views.timeline import timeline
from interlock.engine.loop import Status
from interlock.testing import FixedAuthorizer, make_check, make_proposal
from world import World


def _ask_first(request: Request) -> Verdict:
    if request.quote.effects.destructive and not request.approved:
        return Verdict(outcome="withheld", because=("ask",), risks=("destructive_action",), words="it destroys")
    return Verdict(outcome="allowed", because=("permit",))


async def _run(answer: str) -> tuple[Envelope, ...]:
    """A session that asks once, answered so, driven to its end."""
    world = World(
        [make_proposal(destructive=True)], checks=[make_check(passes_after=1)], authorizer=FixedAuthorizer(_ask_first)
    )
    assert await world.drive() is Status.WAITING
    approval = show(await world.envelopes(), "waiting")["question"]["approval"]
    match answer:
        case "approve":
            await world.say(Approve(approval=approval))
        case "reject":
            await world.say(Reject(approval=approval, reason="no"))
        case "stop":
            await world.say(Pause())
            await world.say(Resume())
            await world.say(Stop(reason="enough"))
    assert await world.drive() is Status.ENDED
    return tuple(await world.envelopes())


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [("approve", "success"), ("reject", "rejected_by_person"), ("stop", "stopped_by_person")],
)
async def test_a_driven_session_can_be_seen_explained_replayed_and_traced(answer: str, outcome: str) -> None:
    log = await _run(answer)

    again = redecide(log)
    assert (again.same, again.first) == (again.total, None)
    assert again.total >= 2
    assert all(trace(log, envelope.id)[-1].seq == 1 for envelope in log)
    assert [row.seq for row in timeline(log)] == [envelope.seq for envelope in log]
    assert show(log, "ended")["outcome"] in (outcome, "rejected")
    for number in range(1, len(decisions(log)) + 1):
        assert explain(log, number).lines
    assert summary(log)[0].title.startswith("success" if answer == "approve" else "ended without success")


async def test_the_plain_view_tells_a_driven_session_to_its_end() -> None:
    stream = io.StringIO()
    with PlainView(console_for(stream, 80)) as view:
        for envelope in await _run("approve"):
            view.saw(envelope)

    assert "approves apr-" in stream.getvalue()
    assert stream.getvalue().rstrip().endswith("evidence newer than the last change)")
