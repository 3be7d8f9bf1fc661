"""Acts that words name: each is a class that the gate knows, or the words as said."""

import re

from interlock.core.goal.phrases import END, STARTERS
from interlock.core.goal.spelling import bag
from interlock.core.goal.tokens import Line

_BREAKS = bag(
    """
    until while otherwise unless ask ping never dont stop max maximum cap budget fix repair debug mend keep upgrade
    bump continue carry but however whichever if when once hard then so thanks actually because only except without
    """
)
_LIMITS = bag("USD DUR TRY BAD CLOCK PCT NUM")
_REPAIRS = bag("fix repair mend debug")
_JOINTS = frozenset([",", "or", "and", "nor"])
# what begins a request of its own, and so is no act of a list
_REQUEST = re.compile(
    r"(?:please|keep|let me|i (?:want|need|must|would|have)|id like|run it by|come (?:back )?to|get back|escalate|"
    r"(?:check|confirm|consult|clear|talk|speak)(?: it| in| back)* (?:with|to) (?:me|us)|"
    r"(?:get|wait for|request|obtain|seek|await) (?:my|our)|"
    r"(?:ping|warn|alert|text|message|call|email|slack|notify|tell|page|prompt|contact|consult) (?:me|us)) "
)
_PUNCTUATION = frozenset([",", ".", "(", ")"])
_LEAD = re.compile(
    r"(?:you |ever |even |we |it |doing |do |to |actually |performing |perform |taking |take |making |"
    r"make |running |run |any further |please )+"
)

_THING = (
    r"(?:anything|something|any \w+|every \w+|files?|data|tables?|stuff|things|branches|folders|"
    r"director(?:y|ies)|rows|records|anything at all)"
)
_CLASSES = (
    (
        "destructive",
        re.compile(
            r"(?:(?:any|anything|something|a|all|acts?|actions?|steps?|things?|commands?|operations?|that|is|"
            r"thats|it|could be|might be|even|remotely|potentially|possibly|else|really|looks|seems|"
            r"or) )*(?:destructive|irreversible|unrecoverable|cant be undone|can not be undone|"
            r"cannot be undone)(?: (?:acts?|actions?|steps?|things?|commands?|operations?|happens|runs))*$"
        ),
    ),
    (
        "destructive",
        re.compile(rf"(?:delet\w*|remov\w*|drop\w*|eras\w*|wip\w*|destroy\w*|truncat\w*|purg\w*)(?: {_THING})?$"),
    ),
    ("destructive", re.compile(r"force[- ]?push\w*$")),
    (
        "deploy",
        re.compile(r"(?:(?:any|every|each|a|the) )?(?:deploy(?:s|ing|ment|ments)?)(?: (?:anything|it|this|again))?$"),
    ),
    (
        "network",
        re.compile(
            r"(?:(?:us(?:e|ing)|access(?:ing)?|touch(?:ing)?|go(?:ing)? (?:on|onto|over)|connect(?:ing)? to|"
            r"reach(?:ing)?|hit(?:ting)?) )?(?:the |any )?(?:network|internet)(?: access| calls?|"
            r" connections?| requests?| use| usage)?$|go(?:ing)? online$"
        ),
    ),
)
_EXACT = (
    (
        "destructive",
        re.compile(r"(?:anything |be |something |acts? )?(?:destructive|irreversible)(?: acts?| actions?)?$"),
    ),
    ("deploy", re.compile(r"(?:deploy|deploying|deploys|deployments?)(?: anything| anywhere)?$")),
    _CLASSES[-1],
)
_GERUND = re.compile(r"\w{2,}ing$")


def items(line: Line, at: int, *, nor: bool = False) -> tuple[list[tuple[int, int]], int]:
    """The acts listed from token `at` on ("deleting files or dropping tables"), and its end."""
    end = _item_end(line, at)
    if end == at:
        return [], at
    found, comma_run = [(at, end)], False
    while end < len(line):
        joint, start = _joint(line, end)
        if start == end or (start < len(line) and line.tokens[start].canon in _LIMITS):
            break
        stop = _item_end(line, start)
        if stop == start or (stop < len(line) and line.tokens[stop].canon in _LIMITS):
            break
        if not _continues(line, found[0], (start, stop), joint, end):
            break
        comma_run = comma_run or joint == ","
        found.append((start, stop))
        end = stop
    return found, end


def _joint(line: Line, at: int) -> tuple[str, int]:
    """The word that joins the next item of a list, and where that item starts."""
    start, joint = at, ""
    if line.tokens[start].canon == ",":
        start, joint = start + 1, ","
    if start < len(line) and line.tokens[start].canon in ("or", "and", "nor"):
        joint, start = line.tokens[start].canon, start + 1
    if start < len(line) and line.tokens[start].canon in ("before", "to", "even") and joint:
        start += 1
    return joint, start


def _continues(line: Line, first: tuple[int, int], item: tuple[int, int], joint: str, at: int) -> bool:
    """Whether what follows is one more act: `or` says so; `and` and a comma only between words of the same form."""
    if _REQUEST.match(line.text, line.starts[item[0]]):
        return False
    if joint in ("or", "nor") or line.tokens[item[0] - 1].canon == "before":
        return True
    same = _form(line, first) == _form(line, item) and line.tokens[item[0]].canon not in _REPAIRS
    return same and (joint == "and" or _closed(line, item[1]))


def _closed(line: Line, at: int) -> bool:
    """Whether a list joined by commas ends in `or` or `and` and one act more; else the comma begins something else."""
    while at < len(line) and line.tokens[at].canon in _JOINTS:
        joint, start = _joint(line, at)
        end = _item_end(line, start) if start < len(line) else start
        if joint != "," or end == start:
            return joint != "," and end > start
        at = end
    return False


def _form(line: Line, item: tuple[int, int]) -> str:
    start = item[0] + 1 if line.tokens[item[0]].canon in ("you", "ever", "doing") else item[0]
    word = line.tokens[min(start, item[1] - 1)].canon
    if _GERUND.match(word) and word not in ("anything", "everything", "something", "nothing", "thing"):
        return "doing"
    return "thing" if word in ("any", "anything", "every", "the", "a", "all") else "do"


def _item_end(line: Line, at: int) -> int:
    end = at
    while end < len(line) and end - at < 14:
        canon = line.tokens[end].canon
        if (
            canon in _PUNCTUATION
            or canon in ("or", "and", "nor")
            or (end > at and canon in _BREAKS)
            or canon in _LIMITS
        ):
            break
        if end == at and canon in _BREAKS - {"stop", "fix"}:
            break
        end += 1
    return end


def named(line: Line, item: tuple[int, int], *, prohibited: bool = False) -> str:
    """The act as the goal holds it: `destructive`, `deploy`, `network`, or `act:` and the words as said."""
    words = _LEAD.sub("", f"{line.canon(*item)} ", count=1).strip()
    for name, pattern in _EXACT if prohibited else _CLASSES:
        if pattern.match(words):
            return name
    return f"act:{line.said(*item)}"


MONEY_ITEM = re.compile(
    rf"(?:above|over|past|beyond|spending|going over|going above|exceeding|more than|spend|"
    rf"anything over)(?: more than| over| above)? USD{END}"
)


def ends(line: Line, at: int) -> bool:
    """Whether a clause may end before token `at`: a pause, a joining word, or a word that begins another clause."""
    return at >= len(line) or _ENDS.match(line.tokens[at].canon) is not None


_ENDS = re.compile(rf"(?:[,.()]|{STARTERS})$")
