"""Evidence: the events of one turn that a decision rests on, with the output lines and files that they name."""

from collections.abc import Sequence

from msgspec import Struct

from interlock.core.events import (
    ApprovalAnswered,
    ApprovalExpired,
    CallDenied,
    CallLost,
    CallWithheld,
    ChecksReturned,
    Envelope,
    SkillReturned,
    StepReviewed,
    StopRequested,
)
from interlock.core.evolve import fold
from interlock.core.frames import frames
from interlock.core.state import State
from interlock.core.views.text import clean, cut, one_line
from interlock.core.views.timeline import Row, told

OUTPUT_LINES = 6
TELLING = (
    SkillReturned
    | CallLost
    | CallWithheld
    | CallDenied
    | ChecksReturned
    | StepReviewed
    | ApprovalAnswered
    | ApprovalExpired
    | StopRequested
)


class Evidence(Struct, frozen=True, kw_only=True):
    """An event that the facts rest on, with the lines of output and the files that it names."""

    id: str
    seq: int
    words: str
    output: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


def evidence(before: Sequence[Envelope], turn: Sequence[Envelope]) -> tuple[Evidence, ...]:
    """What of this turn the facts rest on, given all that came before it."""
    state = State()
    for envelope in before:
        state = fold(state, envelope)
    found: list[Evidence] = []
    for envelope in turn:
        if isinstance(envelope.data, TELLING):
            found.append(_seen(told(envelope, state), envelope, state))
        state = fold(state, envelope)
    return tuple(found)


def _seen(row: Row, envelope: Envelope, state: State) -> Evidence:
    output, files = "", []
    match envelope.data:
        case ChecksReturned(results=results):
            output = "\n".join(result.output for result in results if not result.passed)
            failed = {result.name for result in results if not result.passed}
            files = [file for check in state.workspace.checks if check.name in failed for file in check.files]
        case SkillReturned(ok=False):
            output = envelope.data.output
        case CallWithheld() | CallDenied():
            arguments = envelope.data.proposal.act.arguments
            files = [str(value) for name, value in arguments.items() if name in ("path", "file")]
    named = [f"{frame.file}:{frame.line}" for frame in frames(output) if not frame.module]
    last = [cut(line.rstrip(), 200) for line in clean(output).splitlines() if line.strip()][-OUTPUT_LINES:]
    chosen = tuple(dict.fromkeys(map(one_line, [*named, *files])))
    return Evidence(id=envelope.id, seq=envelope.seq, words=row.words, output=tuple(last), files=chosen)


def evidence_lines(found: tuple[Evidence, ...]) -> tuple[str, ...]:
    """The evidence as lines, output marked as such."""
    lines: list[str] = []
    for one in found:
        lines.append(f"{one.id} (event {one.seq}): {one.words}")
        lines += [f"  │ {line}" for line in one.output]
        if one.files:
            lines.append(f"  files: {', '.join(one.files)}")
    return tuple(lines) or ("no act, check or answer came since the decision before",)
