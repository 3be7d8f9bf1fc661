"""Reading: from words to a goal. A clause is understood in full, or asked about."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from interlock.core.goal import Goal, Reading
from interlock.core.goal.amounts import MOST_TRIES, recognise
from interlock.core.goal.asking import ask, ask_reversed
from interlock.core.goal.criteria import listed_commands
from interlock.core.goal.limits import Clause, Effect, limit, until
from interlock.core.goal.never import never
from interlock.core.goal.numbers import Doubt
from interlock.core.goal.objective import Piece, Work, follows_on, refusals, silent, smells, work
from interlock.core.goal.spelling import bag
from interlock.core.goal.tokens import MOST_TOKENS, Line, Token, lex, normal
from interlock.core.money import exact, show

MOST_LETTERS = 50_000

_JOINING = bag("and but or then otherwise so also however please just while ( ) , .")
_OPENING = bag("until unless except ask never dont")
_STEPS = re.compile(r"\b(?:every|each|further|another|additional)\b")
_COUNTS = ("tries", "after_tries")
_MONEY_WORDS = re.compile(r"\b(?:cap|budget|limit|max|maximum|above|over|ask|spend|cost)\b")
# words after which a limit could belong to the work: `make the app ask me before …`, `the test that we never spend …`
_INSIDE = re.compile(
    r"(?:^(?:make|let|have|teach|get) (?!sure )(?:[a-z-]+ ){1,4}|[a-z-]+ [a-z-]+ (?:that|which|whether|who|says?|"
    r"saying|checks?|claims?)(?: (?:we|you|it|they|users?|one|people|the [a-z]+))? )$"
)


@dataclass
class Draft:
    """What has been understood so far."""

    said: dict[str, list[int]] = field(default_factory=dict)
    until: list[str] = field(default_factory=list)
    ask_before: list[str] = field(default_factory=list)
    never: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def take(self, effect: Effect, said: str) -> None:
        """Add what one clause says."""
        match effect.field:
            case "question":
                self.questions.append(str(effect.value))
            case "refusal":
                self.refused.append(str(effect.value))
            case "until" | "ask_before" | "never":
                kept: list[str] = getattr(self, effect.field)
                if effect.value not in kept:
                    kept.append(str(effect.value))
            case "after_tries":
                self.said.setdefault("after_tries", []).append(int(effect.value))
            case "amend USD" | "amend DUR" | "amend TRY":
                self.amend(effect, said)
            case "amend NUM":
                self.amend_by_number(Decimal(str(effect.value)), said)
            case "filler":
                pass
            case "free":
                self.said.setdefault("cap", []).append(0)
            case "under":
                self.under(int(effect.value), said)
            case _:
                self.said.setdefault(effect.field.removeprefix("bare"), []).append(int(effect.value))

    def under(self, amount: int, said: str) -> None:
        """`under $20` after an ask line could belong to it."""
        if "ask" in self.said:
            self.questions.append(f"`{said}`: is that the amount at which to stop, or a part of when to ask?")
        self.said.setdefault("cap", []).append(amount)

    def amend(self, effect: Effect, said: str) -> None:
        """`actually make that $35` changes the one limit of its kind that was said."""
        fields = {"USD": ("ask", "cap"), "DUR": ("time",), "TRY": ("tries", "after_tries")}[effect.field[-3:]]
        held = [name for name in fields if self.said.get(name)]
        if len(held) == 1 and len(self.said[held[0]]) == 1:
            self.said[held[0]] = [int(effect.value)]
        else:
            self.questions.append(f"`{said}`: which limit is that? say it in full, such as `ask me above $35`")

    def amend_by_number(self, number: Decimal, said: str) -> None:
        """`actually make that 20` changes the one limit that was said, where its unit is beyond doubt."""
        (name, values), *others = self.said.items()
        try:
            meant = exact(number, said) if name in ("ask", "cap") else int(number)
        except ValueError:
            meant = -1
        doubtful = others or len(values) > 1 or name == "time" or meant < 0 or (name in _COUNTS and number != meant)
        if doubtful or (name in _COUNTS and not 1 <= meant <= MOST_TRIES):
            self.questions.append(f"`{said}`: {number} of what? write dollars, tries or minutes with the number")
        else:
            self.said[name] = [meant]


def understand(words: str) -> Reading:
    """Read one command. Total: whatever cannot be read ends in a question or a refusal."""
    if len(words) > MOST_LETTERS:
        return _refusal(words, "that is more than I can read; say it shorter, and keep logs in a file")
    amounts = recognise(lex(normal(words)))
    line = Line(normal(words), amounts.tokens)
    if not any(any(c.isalnum() for c in line.said(i, i + 1)) for i in range(len(line))):
        return _refusal(words, "no words; say what is wanted, such as `fix the build until the tests pass`")
    if len(line) > MOST_TOKENS:
        return _refusal(words, "that is more than I can read; say it shorter, and keep logs in quotes or in a file")
    draft = Draft()
    _doubts(draft, line, amounts.doubts)
    named = _parentheses(line)
    pieces = _scan(line, draft, {at for start, end, _ in named for at in range(start, end)})
    return _conclude(words, line, draft, pieces, tuple(c for _, _, found in named for c in found))


def _refusal(words: str, why: str) -> Reading:
    return Reading(words=words, expect="refuse", goal=Goal(objective=""), questions=(why,))


def _doubts(draft: Draft, line: Line, doubts: Iterable[tuple[Token, Doubt]]) -> None:
    for token, doubt in doubts:
        said = line.source[token.start : token.end]
        (draft.refused if doubt.refused else draft.questions).append(f"`{said}` {doubt.why}")
    for at, token in enumerate(line.tokens):
        if token.canon == "OPEN":
            draft.questions.append(f"`{line.said(at, len(line))[:40]}`: the quote is not closed; where does it end?")


def _parentheses(line: Line) -> list[tuple[int, int, tuple[str, ...]]]:
    """Parentheses that name the commands to check by."""
    found = []
    for at, token in enumerate(line.tokens):
        end = next((i for i in range(at, len(line)) if line.tokens[i].canon == ")"), None)
        if token.canon == "(" and end and (commands := listed_commands(line, at + 1, end)):
            found.append((at, end + 1, commands))
    return found


def _scan(line: Line, draft: Draft, taken: set[int]) -> tuple[Piece, ...]:
    """Understand clause after clause; what no clause claims is returned in pieces."""
    pieces: list[Piece] = []
    at, open_at, after, fresh = 0, 0, False, True
    while at < len(line):
        canon = line.tokens[at].canon
        clause = None if at in taken else clause_at(line, at, fresh)
        if clause and clause.effects[0].field == "amend NUM" and not draft.said:
            clause = None  # a number of the work: there is no limit to change yet
        material = canon == "QUOTE" and line.tokens[at].end - line.tokens[at].start > 40
        pause = at in taken or material or canon in (",", ".", "(", ")")
        if clause or pause:
            pieces.append(Piece(open_at, at, after))
            if clause and clause.effects[0].field != "until" and _INSIDE.search(line.canon(open_at, at) + " "):
                said = line.said(open_at, clause.end)
                draft.questions.append(f"`{said}`: does that bound this session, or is it a part of the work?")
            for effect in clause.effects if clause else ():
                draft.take(effect, line.said(at, clause.end if clause else at))
            after = bool(clause) or (after and canon != ".")
            at = open_at = clause.end if clause else at + 1
            fresh = True
            continue
        if canon in _OPENING and open_at < at:
            pieces.append(Piece(open_at, at, after))
            open_at = at
        fresh = canon in _JOINING
        at += 1
    pieces.append(Piece(open_at, at, after))
    return tuple(piece for piece in pieces if piece.start < piece.end and not silent(line, piece))


def clause_at(line: Line, at: int, fresh: bool) -> Clause | None:
    """The longest clause that begins at token `at`; `fresh`: after a pause or a joining word, or at the start."""
    found = (
        limit(line, at, fresh),
        ask(line, at, fresh),
        ask_reversed(line, at),
        until(line, at),
        never(line, at, fresh),
    )
    return max((clause for clause in found if clause), key=lambda clause: clause.end, default=None)


def _conclude(words: str, line: Line, draft: Draft, pieces: tuple[Piece, ...], named: tuple[str, ...]) -> Reading:
    """Judge what is left, settle the numbers, and say how the whole was read."""
    draft.refused += refusals(line, pieces)
    task = work(line, pieces)
    unread = _judge(line, draft, task)
    criteria = named or tuple(draft.until) or task.implied
    goal = _goal(draft, task.objective or _derived(tuple(draft.until) or named), criteria)
    if not goal.objective or (task.guessed and not goal.until):
        draft.questions.append("what should be done? say it, such as `fix the build`")
    draft.refused += _contradictions(goal)
    expect: Literal["read", "ask", "refuse"] = "refuse" if draft.refused else "ask" if draft.questions else "read"
    questions = tuple(dict.fromkeys(draft.refused + draft.questions))
    return Reading(words=words, expect=expect, goal=goal, questions=questions, unread=unread)


def _judge(line: Line, draft: Draft, task: Work) -> tuple[str, ...]:
    """Ask about every piece that smells of a limit, and about what hangs on one; the rest is only named."""
    doubtful = [p for p in task.chosen if smells(line, p, strictly=task.guessed) or (p.after and follows_on(line, p))]
    doubtful += [piece for piece in task.others if piece.after or smells(line, piece, strictly=True)]
    for piece in doubtful:
        draft.questions.append(f"`{line.said(piece.start, piece.end)}`: {_why(line.canon(piece.start, piece.end))}")
    return tuple(line.said(piece.start, piece.end) for piece in task.others)


def _why(text: str) -> str:
    if "until" in text.split():
        return "names no check that I know; which command proves it?"
    if "USD" in text.split() and _STEPS.search(text):
        return "I ask at one amount; with your answer, `approve --up-to` sets the next one"
    if re.search(r"\b(?:NUM|n0|n200)\b", text) and _MONEY_WORDS.search(text):
        return "of what? write dollars, tries or minutes with the number"
    return "I did not understand this; say it in other words, or leave it out"


def _derived(until: tuple[str, ...]) -> str:
    """An objective for words that only name the success: `make `make ci` pass`."""
    names = [c if c == "tests" else c.partition(":")[2] for c in until]
    shown = " and ".join("the tests" if name == "tests" else f"`{name}`" for name in names)
    return f"make {shown} pass" if shown else ""


def _goal(draft: Draft, objective: str, until: tuple[str, ...]) -> Goal:
    tries = _one(draft, "after_tries")
    return Goal(
        objective=objective,
        until=until,
        ask_above=_one(draft, "ask"),
        ask_before=(*draft.ask_before, *([f"after_tries:{tries}"] if tries is not None else [])),
        never=tuple(draft.never),
        cap=_one(draft, "cap"),
        max_iterations=_one(draft, "tries"),
        max_time=_one(draft, "time"),
    )


_FIELDS = {"ask": "amounts to ask above", "cap": "amounts to stop at", "tries": "numbers of tries to stop after"}
_FIELDS |= {"time": "times to stop after", "after_tries": "numbers of tries to ask after"}


def _one(draft: Draft, name: str) -> int | None:
    """The one value said for a limit; two different ones are a question, and the stricter is shown meanwhile."""
    values = sorted(set(draft.said.get(name, ())))
    if len(values) > 1:
        shown = " and ".join(show(v) if name in ("ask", "cap") else str(v) for v in values)
        draft.questions.append(f"{shown}: two {_FIELDS[name]}; which one holds?")
    return values[0] if values else None


def _contradictions(goal: Goal) -> list[str]:
    found = []
    if goal.ask_above is not None and goal.cap is not None and goal.ask_above > goal.cap:
        found.append(
            f"asking above {show(goal.ask_above)} can never happen under a cap of {show(goal.cap)}; change one of them"
        )
    tries = [int(a.partition(":")[2]) for a in goal.ask_before if a.startswith("after_tries:")]
    if goal.max_iterations is not None and any(n > goal.max_iterations for n in tries):
        found.append(f"asking after {tries[0]} tries can never happen within {goal.max_iterations}; change one of them")
    if "deploy" in goal.never and re.match(r"(?:re)?deploy\b", goal.objective):
        found.append(f"`{goal.objective}` is what the words forbid; say which of both holds")
    return found
