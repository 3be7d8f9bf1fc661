"""The board: what a view knows of a running session, folded from what it saw, heard and was told of the time."""

from collections.abc import Sequence

from rich.text import Text

from interlock.cli.render.console import STYLES
from interlock.core.events import (
    CallLost,
    ChecksCalled,
    ChecksReturned,
    Envelope,
    HookDecided,
    SkillCalled,
    SkillReturned,
    StepReviewed,
)
from interlock.core.evolve import fold
from interlock.core.money import show
from interlock.core.state import State
from interlock.core.stop_hook import Decision
from interlock.core.views.showing import step_state
from interlock.core.views.text import brief, cut, lasting, one_line
from interlock.core.views.timeline import Row, step_name, told

SILENT_AFTER = 3_000_000
LEAST_BAR, MOST_BAR = 10, 40
STEP_SIGNS = {"done": ("✓", "green"), "running": ("▸", "bold cyan"), "stale": ("↻", "yellow"), "open": ("○", "dim")}
NOTHING_IS_LOST = "Ctrl-C pauses, nothing is lost"


class Board:
    """Mutable on purpose: one view's memory. Times are unix micro-seconds."""

    def __init__(self) -> None:
        self.state = State()
        self.decision: Decision | None = None
        self.act = ""
        self.timeout = 0.0
        self.began = 0
        self.heard_at = 0
        self.last_line = ""
        self._heard = False

    def saw(self, envelope: Envelope) -> Row:
        """Fold a committed event. Returns it in words."""
        row = told(envelope, self.state)
        self.state = fold(self.state, envelope)
        match envelope.data:
            case SkillCalled() as called:
                self._begin(brief(called.proposal.act), called.timeout, envelope.at)
            case ChecksCalled() as checks:
                self._begin(f"checks {', '.join(map(one_line, checks.checks))}", self._patience(checks), envelope.at)
            case SkillReturned() | CallLost() | ChecksReturned() | StepReviewed():
                self.act = ""
            case HookDecided() as decided:
                self.decision = decided.decision
        return row

    def _patience(self, called: ChecksCalled) -> float:
        return sum(check.timeout for check in self.state.workspace.checks if check.name in called.checks)

    def _begin(self, act: str, timeout: float, at: int) -> None:
        self.act, self.timeout, self.began, self.heard_at, self.last_line = act, timeout, at, at, ""

    def output(self, line: str) -> str:
        """A line that the running act printed, made safe; empty when nothing of it can be seen."""
        said = one_line(line)
        if said:
            self.last_line, self._heard = said, True
        return said

    def tick(self, now: int) -> None:
        """Time passes."""
        if self._heard:
            self.heard_at, self._heard = now, False

    def silent_for(self, now: int) -> int:
        """Micro-seconds since the running act last said something; 0 when none runs or one that just spoke."""
        return max(0, now - self.heard_at) if self.act and not self._heard else 0

    def doing(self, now: int) -> str:
        """The running act with its time; what it last said, and how to interrupt, once it is silent."""
        if not self.act:
            return ""
        said = f"{self.act} · {lasting((now - self.began) // 1_000_000)} of at most {lasting(self.timeout)}"
        if self.silent_for(now) < SILENT_AFTER:
            return said
        last = f"last output: {self.last_line}" if self.last_line else "no output yet"
        return f"{said} · {last} · {NOTHING_IS_LOST}"


def plan_line(state: State, width: int) -> Text:
    """The steps with their states, then the checks."""
    line = Text(no_wrap=True, overflow="ellipsis")
    for step in state.plan.steps if state.plan else ():
        sign, style = STEP_SIGNS[step_state(state, step)]
        line.append(f"{sign} {step_name(step)}  ", style)
    line.append("│ ", "dim")
    fresh = state.results_at == state.changes
    passed = {result.name: result.passed for result in state.results}
    for check in state.workspace.checks:
        sign, style = _check_sign(passed.get(check.name), fresh)
        line.append(f"{sign} {one_line(check.name)}  ", style)
    line.truncate(width, overflow="ellipsis")
    return line


def _check_sign(passed: bool | None, fresh: bool) -> tuple[str, str]:
    if passed is None:
        return "○", "dim"
    if not fresh:
        return "↻", "yellow"
    return ("✓", "green") if passed else ("✗", "red")


def money_line(state: State, width: int) -> Text:
    """Spend against the ask line and the cap, as a bar and in figures."""
    budget = state.budget
    held = f" + {show(budget.held)} held" if budget.held else ""
    figures = f" {show(budget.spent)}{held} · ask {show(budget.ask_line)} · cap {show(budget.cap)}"
    room = min(MOST_BAR, width - len(figures))
    line = bar(budget.spent, budget.held, budget.ask_line, budget.cap, room) if room >= LEAST_BAR else Text()
    line.append(cut(figures.strip() if not line.plain else figures, width))
    return line


def bar(spent: int, held: int, ask_line: int, cap: int, width: int) -> Text:
    """`━━━╸┃────`: spent, held, the ask line's place, the rest up to the cap."""
    scale = max(cap, spent + held, 1)
    at = min(width - 1, ask_line * width // scale)
    full, wanted = spent * width // scale, (spent + held) * width // scale
    line = Text()
    for cell in range(width):
        if cell == at:
            line.append("┃", "bold yellow")
        elif cell < full:
            line.append("━", STYLES["bad"] if spent > ask_line else STYLES["good"])
        else:
            line.append("╍" if cell < wanted else "─", "yellow" if cell < wanted else "dim")
    return line


def head_line(board: Board, goal: str, now: int, started: int, width: int) -> Text:
    """Which turn it is, how long it has run, how sure the last decision was, and what is wanted."""
    state = board.state
    sure = f" · confidence {board.decision.confidence:.2f}" if board.decision else ""
    passed = lasting(max(0, now - started) // 1_000_000) if started else "0 s"
    figures = f"iteration {state.iteration} of {state.limits.max_iterations} · {passed}{sure}"
    line = Text(figures, style="bold", no_wrap=True, overflow="ellipsis")
    if goal and width > len(figures) + 12:
        line.append(f"  {cut(one_line(goal), width - len(figures) - 2)}", "dim")
    line.truncate(width, overflow="ellipsis")
    return line


def lines_of(board: Board, goal: str, now: int, started: int, width: int) -> Sequence[Text]:
    """The whole board, from the head down to what runs now."""
    doing = board.doing(now)
    state = board.state
    waits = "paused" if state.paused else "waits for your answer" if state.question else "between acts"
    act = Text(cut(f"▸ {doing}", 2 * width - 1) if doing else waits, style="cyan" if doing else "dim", overflow="fold")
    rule = Text("─" * width, style="dim")
    return [rule, head_line(board, goal, now, started, width), plan_line(state, width), money_line(state, width), act]
