"""The closing summary: what was wrong, what was done, what it cost, who allowed it, and where the proof is."""

from collections.abc import Sequence

from interlock.core.events import Envelope, SkillCalled
from interlock.core.evolve import replay
from interlock.core.money import show
from interlock.core.state import State
from interlock.core.views.story import Answer, Broken, Story, Tried, gather
from interlock.core.views.text import Section, count, flat, lasting, moment, one_line

HINTS = {
    "max_iterations": "run it again with a higher `--max-iterations`, if the tries above were getting closer",
    "max_time": "run it again with a longer `--max-time`",
    "budget_exceeded": "run it again with a higher `--cap`, if that is worth it to you",
    "permission_violation": "read `interlock policy explain` before running it again; an act was forbidden on purpose",
    "rejected": "run it again with words that say what it should do instead",
    "rejected_by_person": "run it again with words that say what it should do instead",
}


def summary(envelopes: Sequence[Envelope], *, processes: Sequence[str] = ()) -> tuple[Section, ...]:
    """The session in words. `processes` says of each service how it is now (the log can't know); sections in order."""
    state, story = replay(envelopes), gather(envelopes)
    success = state.ended == "success"
    sections = (
        _headline(envelopes, state, story),
        Section(title="what was wrong", lines=tuple(_broken(one, state) for one in story.broken)),
        Section(title="what was done", lines=tuple(_done(story, one) for one in story.tried)),
        Section(title="what changed as a promise (you asked for it otherwise)", lines=tuple(story.promises)),
        Section(title="what changed for good", lines=_changed(story)),
        Section(title="what it cost (declared, not billed)", lines=_cost(state, story)),
        Section(title="who was asked", lines=tuple(map(_answered, story.answers))),
        *(() if success else _giving_up(envelopes, state, story, processes)),
        Section(title="where the proof is", lines=_proof(state)),
    )
    return tuple(section for section in sections if section.lines)


def summary_lines(envelopes: Sequence[Envelope], *, processes: Sequence[str] = ()) -> tuple[str, ...]:
    """The summary as plain lines."""
    return flat(summary(envelopes, processes=processes))


def _headline(envelopes: Sequence[Envelope], state: State, story: Story) -> Section:
    passed = (envelopes[-1].at - envelopes[0].at) / 1_000_000 if envelopes else 0.0
    turns = f"{count(state.taken, 'iteration')}, {lasting(passed)}, {show(state.budget.spent)}"
    if story.ended is None:
        return Section(title=f"not ended yet · {turns}", lines=(one_line(state.words),))
    how = "success" if story.ended.outcome == "success" else f"ended without success: {one_line(story.ended.outcome)}"
    return Section(title=f"{how} · {turns}", lines=(one_line(state.words), one_line(story.ended.reason)))


def _broken(one: Broken, state: State) -> str:
    still = state.failure is not None and state.failure.fingerprint == one.fingerprint
    when = f"iteration {one.first}" if one.first == one.last else f"iterations {one.first} to {one.last}"
    return f"{one.where}: {one.signature} ({when}{', still there' if still else ''})"


def _done(story: Story, one: Tried) -> str:
    broken = next((each for each in story.broken if each.fingerprint == one.fingerprint), None)
    remembered = f" (remembered: {one.remembered})" if one.remembered else ""
    against = f" against {broken.where}" if broken else ""
    cost = f", {show(one.cost)}" if one.cost else ""
    return f"iteration {one.iteration}: `{one.fix}`{against}: {one.act}, {one.outcome}{cost}{remembered}"


def _changed(story: Story) -> tuple[str, ...]:
    files = (f"files: {', '.join(story.paths)}",) if story.paths else ()
    moved = [(one_line(name), one_line(was), one_line(now)) for name, (was, now) in story.pins.items() if was != now]
    return (*(f"package {name}: {was} → {now}" for name, was, now in moved), *files)


def _cost(state: State, story: Story) -> tuple[str, ...]:
    budget = state.budget
    dear = sorted((one for one in story.spent.values() if one.cost), key=lambda one: -one.cost)
    free = sum(one.times for one in story.spent.values() if not one.cost)
    width = max((len(show(one.cost)) for one in dear), default=0)
    lines = [
        f"{show(one.cost):>{width}}  {one.times} × {one.what}"
        + (f" ({one.unreported} not reported: worst case)" if one.unreported else "")
        for one in dear
    ]
    total = f"{show(budget.spent)} in all, of a cap of {show(budget.cap)}"
    rest = f"; {count(free, 'act')} cost nothing" if free else ""
    return (*lines, total + rest, _ask_line(state, story))


def _ask_line(state: State, story: Story) -> str:
    """Whether the ask line was reached, and whether memory is why not."""
    spent, line = state.budget.spent, state.limits.ask_line
    if any(answer.rule == "high_cost" for answer in story.answers):
        return f"the ask line of {show(line)} was reached, and a person was asked before it was crossed"
    if spent > line:
        return f"the ask line of {show(line)} was crossed: an act cost more than its declared worst case"
    known = next((one for one in story.tried if one.remembered and one.outcome == "worked"), None)
    why = f": fix `{known.fix}` was remembered ({known.remembered}) and worked again" if known else ""
    return f"the ask line of {show(line)} was never reached ({show(spent)} spent){why}"


def _answered(answer: Answer) -> str:
    about = f"{answer.about} (rule `{answer.rule}`, worst {show(answer.worst)})"
    if answer.said == "open":
        return f"{answer.approval}: {about}: not answered"
    line = f", ask line raised to {show(answer.up_to)}" if answer.up_to is not None else ""
    reason = f": {answer.reason}" if answer.reason else ""
    return f"{answer.approval}: {about}: {answer.said} by {answer.who} at {moment(answer.at)}{line}{reason}"


def _giving_up(
    envelopes: Sequence[Envelope], state: State, story: Story, processes: Sequence[str]
) -> tuple[Section, ...]:
    """What a person who takes over needs to know."""
    failing = state.failure
    found = (f"{one_line(failing.where)}: {one_line(failing.signature)}",) if failing else ()
    return (
        Section(title="what still fails", lines=found),
        Section(title="to put everything back as it was", lines=_undoing(envelopes, state, story)),
        Section(title="processes", lines=tuple(map(one_line, processes))),
        Section(title="one next step", lines=(_next_step(state),)),
    )


def _undoing(envelopes: Sequence[Envelope], state: State, story: Story) -> tuple[str, ...]:
    """Every file that an act changed, and the commands that undo the session, if it did anything that was kept."""
    if not any(isinstance(envelope.data, SkillCalled) and envelope.data.snapshot for envelope in envelopes):
        return ()
    return (
        *(f"{path}: interlock undo {state.id} --step {first}" for path, first in story.paths.items()),
        f"interlock undo {state.id} --dry-run   (what it would put back, and what it can't)",
        f"interlock undo {state.id}   (asks before it overwrites what somebody else changed since)",
    )


def _next_step(state: State) -> str:
    advice = state.diagnosis.advice if state.diagnosis else ""
    if advice:
        return one_line(advice)
    if state.ended in HINTS:
        return HINTS[state.ended]
    if state.question is not None:
        return f"answer the question: `interlock approve {state.question.approval}` or `interlock reject …`"
    if state.failure is not None:
        return f"look at {one_line(state.failure.where)} yourself; the line above is where it breaks"
    return f"`interlock explain {state.id}` says why it stopped"


def _proof(state: State) -> tuple[str, ...]:
    return (
        f"interlock show {state.id}",
        f"interlock explain {state.id}   (why each decision was made)",
        f"interlock replay {state.id}   (every decision made again)",
        "interlock audit verify   (the seal over all records)",
    )
