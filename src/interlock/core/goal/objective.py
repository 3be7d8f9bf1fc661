"""The objective: what is left once limits are read, and what of it looks like a lost limit."""

import re
from typing import NamedTuple

from interlock.core.goal.criteria import Criteria, criteria
from interlock.core.goal.spelling import bag
from interlock.core.goal.tokens import Line

_VERBS = bag(
    """
    fix repair mend debug upgrade update bump build rebuild make get deploy redeploy migrate
    install refactor rewrite add write create set
    clean port convert restore bring run resolve solve release publish ship test implement improve
    optimise optimize speed reduce
    investigate find diagnose unbreak patch move rename replace roll configure start restart
    increase decrease lower raise generate
    remove drop delete enable disable switch change unblock heal correct finish complete prepare
    setup provision compile package bootstrap
    tidy format lint document translate split merge rebase sync import export load seed apply
    downgrade revert reproduce track hunt
    fetch download upload sort address handle support pin unpin backport reinstall adapt modernise
    modernize recover stabilise stabilize
    ensure turn  try sort extend redo connect wire hook silence eliminate tackle
    pretend look validate verify check scale tune monitor
    """
)


def _gerunds(verb: str) -> tuple[str, ...]:
    return (f"{verb}ing", f"{verb[:-1]}ing" if verb.endswith("e") else f"{verb}{verb[-1]}ing")


_BASES = {form: verb for verb in _VERBS for form in (verb, *_gerunds(verb))}
_FIXES = bag(
    """
    fix repair mend debug resolve unbreak stabilise stabilize heal correct unblock sort make get patch
    """
)

_LEAD = re.compile(
    r"(?:(?:QUOTE|and|but|then|so|or|also|otherwise|just|please|hey|hi|hello|ok|okay|now|uh|um|er|erm|"
    r"well|right|actually|simply|kindly|while|with|meanwhile|first|,|:|"
    r"go ahead(?: and)?|can you|could you|would you|will you|i want you to|i need you to|"
    r"id like you to|i would like you to|we need to|you should|you must|"
    r"lets|let us|your (?:job|task|goal) is to|the (?:goal|task|job) is to|try to|keep trying to|"
    r"keep on|keep(?= \w+ing )|continue to|continue(?= \w+ing )|carry on(?= \w+ing )|carry on with|"
    r"go on(?= \w+ing )|"
    r"start(?= (?:fix|repair|mend|debug)ing )|by|to|need to|please do) )*"
)
_TRAIL = re.compile(
    r"(?: ?(?:and|but|then|so|or|also|otherwise|just|please|with|for|in|to|thanks|while|,|that|"
    r"it should|ok|okay|though|too|but also|you|um|uh|staying|spending|carry on|keep going|keep at it|continue|go on|"
    r"keep trying|keep (?:on )?going) )+$"
)
_SILENT = re.compile(
    r"(?:(?:QUOTE|and|but|then|so|or|also|otherwise|just|please|hey|hi|hello|ok|okay|now|uh|um|er|erm|"
    r"well|thanks|thank you|thx|cheers|,|carry on|keep going|keep at it|continue|go on|keep trying|"
    r"keep working|try|"
    r"go|go ahead|though|too|as well|that is all|thats all|thats it|both|again|in addition|with|for|"
    r"keep (?:fixing|repairing|mending)(?! it)|it|please do|QUOTE|work|run|while|right|loop|actually|in|to|OTHER) )*$"
)

_SMELL = re.compile(
    r"\b(?:within|in|for|most|max|after|half) (?:[a-z]+ ){0,3}"
    r"(?:hours?|minutes?|mins?|seconds?|days?|tries|attempts|times|iterations)\b|\bhalf an?\b|\bwithin half\b|"
    r"\bever\b|\bnewer (?:touch|use|delete|deploy|change|run|push|edit|drop|install|restart)\b|"
    r"\b(?:alone|untouched|untouchable|circumstances|off limits|off-limits|forbidden|prohibited|banned|taboo|verboten|"
    r"out of bounds|no-go|hands off|sacred|stay|stays put)\b|\b(?:stays|off [a-z]+)(?= ?$)|"
    r"\b(?:USD|DUR|TRY|BAD|CLOCK|OPEN|ODD|PCT|ask|asks|asking|never|dont|donot|only|unless|except|"
    r"until|budget|caps?|max|maximum|approvals?|approve|approved|permission|allowed|without|"
    r"avoid|give up|forever|tonight|noon|midnight|overnight|bucks|dollars?|cents|limits?|limited|"
    r"at most|no more than|not more than|no longer than|"
    r"(?:is|are|be) (?:fine|ok|okay|allowed|permitted|acceptable)|cheap|inexpensive|expensive|frugal|"
    r"economical|costly|wasteful|careful|carefully|sparingly|reasonable|reasonably|"
    r"(?:requires?|needs?|without|with) (?:my|our|a yes)|my (?:ok|okay|yes|say-so|consent)|go-ahead|sign-off|"
    r"confirm|consult|whichever|instead of asking|cheaply|nothing but|nothing else|at (?:any|"
    r"all) costs?|must not|should not|may not|by (?:tomorrow|monday|tuesday|wednesday|thursday|friday|"
    r"saturday|sunday|the end|eod|morning|evening)|"
    r"(?:over|under|above|below|more than|less than|up to|within|past|beyond|exceeding) (?:NUM|n0|n200))\b"
)
_STRICTER = re.compile(
    r"\b(?:me|my|not|no|must|most|costs?|spend|spending|spent|money|may|can|could|stop|kill|quit|end|"
    r"before|after|when|if|once|careful|carefully|cheap|instead|actually|wait|scratch|forget|ignore|"
    r"tries|attempts|minutes|hours|days|iterations|NUM|n0|n200|ever|touch|edit|modify|delete|deploys?|deployments?|deploying|deleting|pushing|installing|touching|push|install|drop|restart|do|use|circumstances|each|every|per|nothing|none|cannot|"
    r"cant|wont|leave|except|ok|fine|free|trust|yes|line|further|another|additional|above|below|over|"
    r"under)\b"
)
_AMENDS = re.compile(r"\b(?:make|set|change|lower|raise|cut) (?:\w+ ){0,2}(?:NUM|n0|n200)(?: \w+)?$")
# what is said about doing something is no order to do it: `deploying needs my ok`
_STATED = re.compile(
    r"(?:(?:and|but|also|then|please|,) )*(?!fixing|repairing|mending)[a-z]{2,}ing "
    r"(?:(?!that|which|what|whatever|who)[^ ]+ ){0,4}?(?:is|are|isnt|arent|needs?|requires?|must|has|have|"
    r"costs?|takes?|will|would|should|shall)\b"
)
_HARMLESS = re.compile(
    r"\b(?:rate|memory|size|upload|request|file|cpu|disk|character|length|stack|recursion|connection|"
    r"time)[ -]limit(?:s|er|ing|ed)?\b|"
    r"\b(?:timeout|time out|interval|ttl|delay|latency|retention|expiry|window|period|backoff|"
    r"poll)s?(?: \w+)*? (?:to|of|from|is|at) DUR(?: to DUR)?|\bevery DUR|"
    r"\b(?:never|only) (?:starts|works|runs|returns|finishes|passes|fails|happens)\b"
)

REFUSALS = tuple(
    (re.compile(pattern), why)
    for pattern, why in [
        (
            r"\b(?:ignor\w*|bypass\w*|overrid\w*|circumvent\w*|disregard\w*|(?:switch|"
            r"turn)(?:ing)? off|disabl\w*|skip\w*|forget|lift|remov\w*|drop|evade|get around|"
            r"work around|suspend|relax|loosen|weaken|deactivat\w*)"
            r" (?:(?:your|the|all|any|every|its|my|our|this|that|of|own|interlock|company|org|"
            r"security|safety|cedar|stop|spending|budget|approval|cost|money|hard|and|previous|prior|"
            r"audit) )*"
            r"(?:polic(?:y|ies)|rules?|guards?|guardrails?|gates?|approvals?|limits?|caps?|"
            r"restrictions?|sandbox|sandboxing|audit|permissions?|stop hook|hook|safety|safeguards?|"
            r"instructions|budget|isolation|confirmations?|protections?)\b",
            "words cannot switch off policy, limits or approvals; say it again without that",
        ),
        (
            r"\b(?:run|runs|work|act|execute|do it|do everything|operate|go|running) as (?:root|admin|"
            r"administrator|superuser)\b|\b(?:use|using|with) sudo\b|\b(?:with|have|has|get|"
            r"grant yourself|take) (?:full |all )?(?:root|admin|sudo)(?: rights| access| privileges|"
            r" permissions)?\b|"
            r"\bgrant (?:yourself|you)\b|\byou (?:have|may have) (?:full|all|unlimited) (?:access|"
            r"rights|permissions?)\b",
            "words cannot widen what a session may do; say it again without that",
        ),
        (
            r"\b(?:approve|pre-?approve|auto-?approve|accept|allow|confirm|say yes to|"
            r"answer yes to) (?:everything|anything|all|it all|every\w*|yourself|all (?:acts|actions|"
            r"requests|questions))\b|\b(?:everything|anything|all) is (?:pre-?)?approved\b|"
            r"\bauto-?approve\b|\b(?:have|has|got|(?<!only )with) my (?:full |blanket |explicit )?(?:approval|"
            r"permission|consent|blessing|ok)\b|"
            r"(?<!if )(?<!unless )(?<!until )(?<!once )(?<!when )(?<!before )(?<!after )\bi (?:pre-?)?approve\b|"
            r"\bassume (?:i|my) (?:say |"
            r"said )?(?:yes|approv\w+|ok)\b",
            "words are no approval; a question is answered when it is asked",
        ),
        (
            r"\b(?:edit|chang\w*|modify\w*|delet\w*|remov\w*|comment(?:ing)? out|skip\w*|disabl\w*|"
            r"xfail|weaken\w*|loosen\w*|hack\w*|ignor\w*|deactivat\w*|cheat\w*|mut\w*|drop|turn off|"
            r"switch off|bypass|stub out|silence|exclude|rewrite)"
            r" (?:(?:the|all|any|some|those|these|failing|broken|flaky|that|which|every|our|of|a|few|"
            r"unit|offending|slow|e2e|integration|smoke|acceptance|remaining|my|its) )*(?:tests?|"
            r"checks?|assertions?|test suite|test files?|specs?|expectations?|test cases?)\b",
            "a check that the session edits or skips cannot prove success; say it again without that",
        ),
        (
            r"\bwithout (?:actually |even |ever )?(?:running|executing|testing|checking|"
            r"verifying) (?:them|it|tests?|the tests?|checks?|the checks?|anything)\b|\b(?:pretend|"
            r"claim|just say|mark it|mark them|fake|report it|lie|act as if)\b|"
            r"\bhard-?code the (?:results?|expected)|\bmark \w+.* as (?:success\w*|pass\w*|done|green|"
            r"fixed|ok|complete\w*)\b|"
            r"\b(?:make|get) .*\bpass.* by (?:edit|chang|modify|rewrit|replac|delet|remov|skipp|"
            r"disabl|comment|hard-?cod|overwrit|mock|stubb)\w*\b",
            "success needs the evidence of the checks; say it again without that",
        ),
    ]
)


class Piece(NamedTuple):
    """A run of words that no clause claimed: from token `start` to before `end`; `after` a clause in its sentence."""

    start: int
    end: int
    after: bool


class Work(NamedTuple):
    """The objective as words, what success it implies, and the pieces that it is not."""

    objective: str
    guessed: bool
    implied: tuple[str, ...]
    chosen: tuple[Piece, ...]
    others: tuple[Piece, ...]


def silent(line: Line, piece: Piece) -> bool:
    """Whether a piece holds nothing but joining words, courtesies and quoted material."""
    return _SILENT.match(line.canon(piece.start, piece.end) + " ") is not None


def refusals(line: Line, pieces: tuple[Piece, ...]) -> list[str]:
    """What no sentence may ask for, in words, for each piece that does."""
    texts = [(line.canon(p.start, p.end), p) for p in pieces]
    return [
        f"`{line.said(p.start, p.end)}`: {why}"
        for text, p in texts
        for pattern, why in REFUSALS
        if pattern.search(text)
    ]


def smells(line: Line, piece: Piece, *, strictly: bool) -> bool:
    """Whether a piece looks like a limit, a condition or a prohibition that was not understood."""
    text = _HARMLESS.sub("", line.canon(piece.start, piece.end))
    if _STATED.match(text) or (piece.after and _AMENDS.search(text)):
        return True
    return bool(_SMELL.search(text) or (strictly and _STRICTER.search(text)))


def follows_on(line: Line, piece: Piece) -> bool:
    """`… until the tests pass, then deploy`: work for after the end, which no session does."""
    return bool({"then", "afterwards", "finally"} & set(line.canon(piece.start, piece.end).split()[:3]))


def work(line: Line, pieces: tuple[Piece, ...]) -> Work:
    """Choose the objective among the pieces: those led by a verb; failing that, the first that could be one."""
    trimmed = [(piece, _trim(line, piece)) for piece in pieces]
    led = [(piece, inner) for piece, inner in trimmed if inner and line.tokens[inner.start].canon in _BASES]
    led = [(p, i) for p, i in led if i.end - i.start > 1]
    guessed = not led
    led = led or [(p, i) for p, i in trimmed[:1] if i and _could_be_work(line, i)]
    chosen = [inner for _, inner in led]
    claimed = tuple(piece for piece, _ in led)
    others = tuple(_hanging(line, piece, claimed) for piece in pieces if piece not in claimed)
    said = " and ".join(text for text in (_say(line, inner) for inner in chosen) if text)
    implied = next((found for inner in chosen if (found := _implied(line, inner))), ())
    return Work(said, guessed, implied, claimed, others)


def _hanging(line: Line, piece: Piece, claimed: tuple[Piece, ...]) -> Piece:
    """A piece after the objective in its sentence could qualify it, as one after a clause could."""
    before = (done for done in claimed if done.end <= piece.start)
    return piece._replace(after=piece.after or any("." not in line.canon(d.end, piece.start).split() for d in before))


def _could_be_work(line: Line, piece: Piece) -> bool:
    first = line.tokens[piece.start].canon
    return piece.end - piece.start > 1 and first.isalpha() and first.islower() and first not in _NO_VERB


_NO_VERB = bag(
    """
    the a an i you we they he she it this that there here my your our what who why how when is are was do does if
    hello ask
    """
)


def _trim(line: Line, piece: Piece) -> Piece | None:
    start = line.match(_LEAD, piece.start) or piece.start
    start = min(start, piece.end)
    end = piece.end
    if found := _TRAIL.search(line.canon(start, end) + " ") if start < end else None:
        end = line.at(line.starts[start] + found.start() + 1) if found.start() else start
        end = min(end, piece.end)
    return piece._replace(start=start, end=end) if start < end else None


def _say(line: Line, piece: Piece) -> str:
    """The piece in words: a gerund becomes a command, slips of the pen are corrected, long quotes left out."""
    words = [_spell(line, at, at == piece.start) for at in range(piece.start, piece.end)]
    return re.sub(r" ([,:)])", r"\1", " ".join(word for word in words if word)).replace("( ", "(").strip(" ,:;-")


def _spell(line: Line, at: int, first: bool) -> str:
    token, said = line.tokens[at], line.said(at, at + 1)
    if token.canon == "QUOTE":
        return said if len(said) <= 40 else ""
    if first:
        return _BASES.get(token.canon, said.lower() if said.istitle() or said.isupper() else said)
    plain = said.lower().replace("'", "").replace("’", "") == token.canon
    return said if plain or not token.canon.islower() else token.canon


def _implied(line: Line, piece: Piece) -> tuple[str, ...]:
    """What success an objective names by itself: `make all tests pass`, `get URL to answer`, `fix the tests`."""
    verb = _BASES.get(line.tokens[piece.start].canon, "")
    start = piece.start + 1
    while start < piece.end and line.tokens[start].canon in ("sure", "that"):
        start += 1
    if verb in ("make", "get", "ensure", "bring", "verify", "check") and start < piece.end:
        if line.tokens[start].canon == "URL":
            return (f"url:{line.said(start, start + 1)}",)
        found = criteria(line, start) or _green(line, start, piece.end)
        if found is not None and found.end <= piece.end:
            return found.until
    last = line.tokens[piece.end - 1].canon
    return ("tests",) if verb in _FIXES and last in ("test", "tests", "suite", "specs") else ()


def _green(line: Line, start: int, end: int) -> Criteria | None:
    """`the staging deploy green`: its checks, unless it names a place that has none here."""
    names_none = {"ci", "pipeline", "CMD", "URL", "PATH"} & set(line.canon(start, end).split())
    return Criteria(("tests",), end) if line.tokens[end - 1].canon in _WELL and not names_none else None


_WELL = frozenset(["green", "pass", "passing"])
