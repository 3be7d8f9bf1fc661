"""Limits: the rows of the table, what follows them under the same verb, and when the work is done."""

import re
from typing import NamedTuple

from interlock.core.goal.clauses import ROWS, Row
from interlock.core.goal.criteria import criteria
from interlock.core.goal.phrases import ASKME, AT, BAG, END, LONG, NOLUCK, TAIL, TRIED
from interlock.core.goal.tokens import Line


class Effect(NamedTuple):
    """What a clause says: the field it fills, with which value; a `question` or a `refusal` has its reason as value."""

    field: str
    value: int | str
    why: str = ""


class Clause(NamedTuple):
    """A clause that was understood, up to before token `end`."""

    end: int
    effects: tuple[Effect, ...]


_UNITS = {
    "cap": "USD",
    "ask": "USD",
    "under": "USD",
    "time": "DUR",
    "baretime": "DUR",
    "tries": "TRY",
    "baretries": "TRY",
}
_UNITS |= {"then_ask": "TRY"}
_ASKED = {"cap": "ask", "tries": "after_tries", "baretries": "after_tries"}

STOP_MORE = re.compile(
    rf"(?:(?:, )?(?:or|and)(?: if| when| after| once| at| until)? |, (?=USD (?:, )?(?:and|or) (?:DUR|"
    rf"TRY) ))(?:(?P<usd>{AT}?{BAG}USD{TAIL})|(?P<dur>{AT}?{LONG}DUR(?: (?:have passed|has passed|"
    rf"are up|is up|have elapsed|are over|is over|of work|of working))?)|"
    rf"(?P<try>{AT}?{TRIED}TRY{NOLUCK})){END}"
)

_NO_OCCASION = r"(?! ?(?:, )?(?:if|when|once|before|after|at|above|over|past|as|whenever|should|for|on|about) )"
THEN_ASK = re.compile(rf"(?:, )?(?:and then|and|then|but) (?:{ASKME}){_NO_OCCASION}{END}")
_UNTIL = re.compile(
    r"(?:(?:and|but|so|then|just|please) )*(?:(?:(?:you )?(?:dont|do not|never|"
    r"must not) (?:ever )?(?:stop|quit|give up|rest|let up|finish)(?: trying| working)?|keep (?:at it|"
    r"going|trying|working|on|it up)(?: on it)?|carry on|go on|"
    r"continue|loop|try|repeat|retry|work on it|try again)(?: on it)?(?: ,)? )?(?:not )?(?:until|"
    r"up until)(?: (?:such time as|the point where|that|when|you see(?: that)?|you get))? |"
    r"(?:(?:you are|youre|it is|its|we are|and) )?(?:done|finished|complete|success)(?: is| means|"
    r" only)? (?:when|once|if|as soon as|means|only when) |"
    r"(?:stop|finish|quit|end)(?: only)? (?:when|once|as soon as|only when|only once) |success (?:means|is) "
)
_MUST = re.compile(
    r"(?:all |the |our |its |unit ){0,3}(?:tests|checks|test suite|everything) "
    r"(?:must|have to|has to|need to|should) pass "
)
_UNTIL_LIMIT = re.compile(
    rf"(?:(?P<usd>{BAG}USD{TAIL})|(?P<try>(?:you|youve|have|has|it|tried|failed|made|"
    rf"done|used|been|there|were|were) (?:(?:have|tried|failed|made|done|used|been|were|"
    rf"had) )*TRY{NOLUCK})|(?P<dur>(?:you|youve|have|it|has|at most) (?:(?:have|worked|spent|"
    rf"been|running|taken|run|for|has|used|more|than) )*DUR)){END}"
)


def limit(line: Line, at: int, fresh: bool) -> Clause | None:
    """The longest limit that begins at this token; `fresh` is the beginning of a clause, where bare amounts count."""
    best: Clause | None = None
    for row in ROWS:
        unit = _UNITS.get(row.field)
        if (unit and not line.ahead(unit, at)) or (row.field.startswith("bare") and not fresh):
            continue
        end = line.match(row.pattern, at)
        if end is None or (best and end <= best.end):
            continue
        token = line.first(unit, at, end) if unit else None
        best = Clause(end, (_effect(row, token.value if token else line.said(at, end), line, at, end),))
    return best and _more(line, _asked_then(line, at, best))


def _effect(row: Row, value: object, line: Line, at: int, end: int) -> Effect:
    if row.field == "bareamend":
        token = next(t for t in line.tokens[at:end] if t.canon in ("NUM", "n0", "n200"))
        return Effect("amend NUM", str(token.value))
    if row.field == "amend":
        token = next(t for t in line.tokens[at:end] if t.canon in ("USD", "DUR", "TRY"))
        return Effect(f"amend {token.canon}", int(token.value or 0))
    if row.field in ("waive", "unbounded"):
        return Effect("question", f"`{line.said(at, end)}`: {row.why}")
    assert isinstance(value, int | str)
    return Effect({"then_ask": "after_tries"}.get(row.field, row.field), value)


def _asked_then(line: Line, at: int, clause: Clause) -> Clause:
    """`at most 3 tries, then ask me`: the count is an ask line, not a stop."""
    if clause.end >= len(line) or (end := line.match(THEN_ASK, clause.end)) is None:
        return clause
    (effect,) = clause.effects
    if effect.field == "cap" and not _PAUSES.search(line.canon(at, clause.end)):
        why = f"`{line.said(at, end)}`: is that where to stop, or where to ask? say both if both are meant"
        return Clause(end, (effect, Effect("question", why)))
    if effect.field in _ASKED:
        return Clause(end, (effect._replace(field=_ASKED[effect.field]),))
    if effect.field in ("time", "baretime"):
        return Clause(end, (Effect("question", f"`{line.said(clause.end - 1, end)}`: {_NO_TIME}"),))
    return clause


_PAUSES = re.compile(r"\b(?:stop|halt|pause|give up)\b")
_NO_TIME = "I can ask at an amount or after a number of tries, and stop after a time; say which you want"


def _more(line: Line, clause: Clause) -> Clause:
    """`kill it at $40 or after 90 minutes`: further limits under the same verb."""
    effects, end = clause.effects, clause.end
    if effects[-1].field not in ("cap", "time", "tries"):
        return clause
    while end < len(line) and (found := STOP_MORE.match(line.text, line.starts[end])):
        stop = line.at(found.end())
        if line.match(THEN_ASK, stop) if stop < len(line) else False:
            break
        effects, end = (*effects, _limit(line, found, end, stop)), stop
    return Clause(end, effects)


def _limit(line: Line, found: re.Match[str], at: int, end: int) -> Effect:
    kind = next(name for name in ("usd", "dur", "try") if found[name])
    token = line.first(kind.upper(), at, end)
    assert token is not None and isinstance(token.value, int), "the pattern holds the token"
    return Effect({"usd": "cap", "dur": "time", "try": "tries"}[kind], token.value)


def until(line: Line, at: int) -> Clause | None:
    """`until the tests pass`, `done when …`; with `or cost hits $40` as a limit."""
    start = at if line.match(_MUST, at) else line.match(_UNTIL, at)
    if start is None or start >= len(line):
        return None
    if (limit := _UNTIL_LIMIT.match(line.text, line.starts[start])) is not None:
        end = line.at(limit.end())
        return _more(line, Clause(end, (_limit(line, limit, start, end),)))
    found = criteria(line, start)
    if found is None:
        return None
    effects = tuple(Effect("until", criterion) for criterion in found.until)
    if found.end < len(line) and line.tokens[found.end].canon == "or":
        return _until_or(line, at, found.end, effects)
    return Clause(found.end, effects)


def _until_or(line: Line, at: int, end: int, effects: tuple[Effect, ...]) -> Clause:
    limited = _more(line, Clause(end, (Effect("cap", 0),)))
    if limited.end > end:
        return Clause(limited.end, effects + limited.effects[1:])
    why = f"`{line.said(at, end + 1)} …`: all criteria must hold; I cannot take one or the other, say which"
    return Clause(end, (*effects, Effect("question", why)))
