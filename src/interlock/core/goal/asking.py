"""Asking first: at an amount, after a number of tries, or before an act."""

import re

from interlock.core.goal.acts import MONEY_ITEM, ends, items, named
from interlock.core.goal.limits import Clause, Effect
from interlock.core.goal.never import NEVER, NO, NOTHING, VAGUE
from interlock.core.goal.phrases import ASKING, ASKME, BAG, END, MARK, ME, NOLUCK, SUBJECT, TAIL, TRIED
from interlock.core.goal.tokens import Line

ASK_HEAD = re.compile(
    rf"(?:(?:please|just|always|then|but|and|also|you must|you should|you have to|must|should|"
    rf"make sure to|make sure you|be sure to|remember to|do|i want you to|id like you to|(?:stop|pause|"
    rf"wait|hold|hold on|halt|come back)(?: ,)?(?: and)?) )*"
    rf"(?:(?:(?:ask|ping|warn|consult)(?:{ME})?|(?:alert|prompt|page|text|message|call|email|slack|contact|notify|"
    rf"tell){ME})(?: for (?:my )?(?:approval|permission|confirmation|ok))?|"
    rf"(?:check|confirm|check in|check back|clear it|talk|speak)(?: with| to){ME}|let me know|"
    rf"run it by me|come (?:back )?to me|get back to me|escalate(?: (?:it )?to me)?|(?:i want to|"
    rf"id like to|i would like to|let me|i must|i need to) (?:be asked|approve|confirm|decide|"
    rf"sign off)|"
    r"(?:ask for|get|wait for|request|obtain|seek|need|await|require|you need) (?:my |our |"
    r"a )?(?:explicit |prior )?(?:approval|ok|okay|permission|confirmation|go-ahead|sign-off|consent|"
    r"yes))(?: (?:first|again|too))*(?: ,)?(?= )"
)
ASK_MONEY = re.compile(
    rf" ?(?:(?:only )?(?:if|when|once|whenever|as soon as|before|should|in case|for|at|above|over|past|"
    rf"beyond|after|from|on|prior to|the moment|about)) {MARK}{BAG}USD{TAIL}{END}"
)
ASKNOTHING = re.compile(
    rf"(?:before|prior to|for|about) (?:(?:you|ever|even|we|i) )*(?:spending|spend|paying|pay|costing|"
    rf"using|any spending|any spend|any cost)(?: (?:anything|any money|money|a cent|a single cent|"
    rf"a dollar|any|at all|even))*{END}"
)
ASK_TRIES = re.compile(rf"(?:if|when|once|after|as soon as|whenever|should) {TRIED}TRY{NOLUCK}{END}")
ASK_TRIES_AT = re.compile(rf"(?:after|if|when|once) {TRIED}TRY{NOLUCK}(?: ,)?(?: then)? (?:{ASKME}){END}")
_BEFORE = re.compile(
    r"(?:before|prior to|ahead of|about|for|if you (?:need|want|have|are about|plan|intend|must|would like) to|"
    r"(?:when|whenever|in case|should) you (?:need|want|have|are about|plan|intend|must) to|"
    r"before you ever|when you are about to) (?!USD|DUR|TRY|NUM|BAD)"
)
_JOINT = re.compile(
    r"(?:, )?(?:(?:and|or|but|as well as|and also|or also) )?(?=(?:if|when|once|before|after|above|"
    r"over|past|beyond|whenever|prior|as|should|spending|going|for) )"
)
_ASK_AFTER = re.compile(rf"(?:, )?(?:then )?(?:{ASKME}){END}")
_NOT_WITHOUT = re.compile(rf"(?:, )?(?:without|unless|before|until) (?:{ASKING}){END}")
_I_APPROVE = re.compile(
    r"(?:and |but |also |then )*(?:i want to|id like to|i would like to|let me|i must|i need to|i have to) "
    r"(?:approve|confirm|sign off on|okay|see|review) (?=(?:every|each|any) (?!thing|time))"
)
_NEEDS_ME = re.compile(
    SUBJECT
    + r"(?:(?:needs?|requires?|must have|has to have|have to have|only with) (?:my |our |a |an )?(?:explicit |prior )?"
    r"(?:approval|ok|okay|permission|consent|sign-off|confirmation|go-ahead|yes|say-so)(?: (?:of|from|by) (?:me|us))?|"
    r"(?:must|has to|have to|needs? to|should) be (?:approved|confirmed|okayed|cleared|signed off) by (?:me|us))"
    rf"(?: first)?{END}"
)
_OUTCOME = re.compile(r"(?:it|this|things?|costs?|the (?:costs?|bill|price)|we|they|i|everything$|time to time)\b")


def ask(line: Line, at: int, fresh: bool) -> Clause | None:
    """`ask me if …, before … and after …`; `I want to approve every …`."""
    if (own := line.match(_I_APPROVE, at)) is not None and own < len(line):
        return _acts(line, own)
    if fresh and (needs := _NEEDS_ME.match(line.text, line.starts[at])):
        item, stop = (line.at(needs.start("what")), line.at(needs.end("what"))), line.at(needs.end())
        return Clause(stop, (Effect("ask_before", named(line, item)),))
    head = line.match(ASK_HEAD, at)
    if head is None or head >= len(line):
        return None
    clause = _condition(line, head)
    while clause and clause.end < len(line):
        joint = _JOINT.match(line.text, line.starts[clause.end])
        more = _condition(line, line.at(joint.end())) if joint and joint[0] else None
        if more is None:
            break
        clause = Clause(more.end, clause.effects + more.effects)
    return clause


def _condition(line: Line, at: int) -> Clause | None:
    """One occasion to ask: an amount, a number of tries, or acts."""
    if (end := line.match(ASKNOTHING, at)) is not None:
        return Clause(end, (Effect("ask", 0),))
    for pattern, kind, field in (
        (ASK_MONEY, "USD", "ask"),
        (MONEY_ITEM, "USD", "ask"),
        (ASK_TRIES, "TRY", "after_tries"),
    ):
        if (end := line.match(pattern, at)) is not None and (token := line.first(kind, at, end)):
            assert isinstance(token.value, int)
            return Clause(end, (Effect(field, token.value),))
    start = line.match(_BEFORE, at)
    return _acts(line, start) if start is not None and start < len(line) else None


def _acts(line: Line, start: int) -> Clause | None:
    found, end = items(line, start)
    if (
        not found
        or not ends(line, end)
        or any(_OUTCOME.match(line.canon(*item)) or set(line.canon(*item).split()) & VAGUE for item in found)
    ):
        return None
    return Clause(end, tuple(Effect("ask_before", named(line, item)) for item in found))


def ask_reversed(line: Line, at: int) -> Clause | None:
    """`before you delete anything, ask me`; `after 5 tries ask me`; `don't deploy without asking me`."""
    if (end := line.match(ASK_TRIES_AT, at)) is not None and (token := line.first("TRY", at, end)):
        return Clause(end, (Effect("after_tries", int(token.value or 0)),))
    start, tail = line.match(_BEFORE, at), _ASK_AFTER
    if start is None:
        start, tail = line.match(NEVER, at) or line.match(NO, at) or line.match(NOTHING, at), _NOT_WITHOUT
    if start is None or start >= len(line):
        return None
    found, end = items(line, start)
    if not found or end >= len(line) or (stop := line.match(tail, end)) is None:
        return None
    return Clause(stop, tuple(Effect("ask_before", named(line, item)) for item in found))
