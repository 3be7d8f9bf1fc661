"""Prohibitions: what is never to be done, in the words said."""

import re

from interlock.core.goal.acts import ends, items, named
from interlock.core.goal.limits import Clause, Effect
from interlock.core.goal.phrases import END, SUBJECT
from interlock.core.goal.spelling import bag
from interlock.core.goal.tokens import Line

NEVER = re.compile(
    r"(?:(?:and|but|also|please|then|you|youre|we|it|just|so|make sure|make sure that|ensure|"
    r"ensure that|whatever you do|,) )*"
    r"(?:(?:dont|do not|never|must not|mustnt|"
    r"should not|shouldnt|may not|can not|cannot|cant|not to|under no circumstances|in no case|"
    r"by no means|not allowed to|are not allowed to|"
    r"avoid|refrain from|stay away from|keep away from|keep out of|keep your hands off|hands off|"
    r"stay out of|stay off)(?: (?:you|ever|even|to|do|think about|try to|attempt to|dare to|"
    r"dare|should|not to|i repeat|,))* |"
    r"without (?:ever )?)"
)
NOTHING = re.compile(r"(?:and |but |also |please |do )*nothing (?!over|above|past|beyond|USD)")
NO = re.compile(
    r"(?:and |but |also |please )*no (?!more than|longer than|less than|later than)"
    r"(?:new |more )?(?!this|that|it|more|less|longer|later|limits?|questions|one|"
    r"idea|wait|matter|rush|problem|need|USD|DUR|TRY|NUM|BAD)"
)
_LEAVE = re.compile(
    r"(?:(?:and|but|also|please|then) )*(?:leave|keep) (?P<what>(?:[^ ,.()]+ ){1,6}?)(?:alone|"
    r"untouched|as is|unchanged|as it is|as they are|out of it)" + END
)
_FORBIDDEN = re.compile(
    SUBJECT + r"(?:(?:is|are|stays?|remains?) (?:(?:strictly|absolutely|completely|totally|always|still) )*"
    r"(?:forbidden|prohibited|banned|taboo|verboten|off limits|off-limits|out of bounds|a no-go|no-go|a no go|"
    r"untouchable|not (?:allowed|permitted))|(?:isnt|arent) (?:allowed|permitted))" + END
)
_SPARED = re.compile(
    SUBJECT + r"(?:must not|must never|mustnt|may not|may never|should not|should never|shouldnt|shall not|are not to|"
    r"is not to) (?:ever )?(?P<deed>(?:be |get )(?:touched|changed|modified|edited|altered|deleted|removed|dropped|"
    r"truncated|wiped|overwritten|rewritten|replaced|renamed|moved|reset|pushed|merged|committed|deployed|released|"
    r"published|upgraded|downgraded|updated|bumped|pinned|installed|uninstalled|restarted|stopped|killed|disabled)|change|move)"
    + END
)
_EVIDENCE = re.compile(
    r"(?:actually |ever |even |really )?(?:run|running|execut\w+|test|testing|verify\w*|check|"
    r"checking|proving|evidence|proof|looking at)(?: (?:them|it|that|this|anything|any|all|the|a|"
    r"single|of|tests?|checks?|suite|test suite|or|commands?))*$"
)
_NOT_AN_ACT = bag(
    """
    stop quit give rest worry forget hesitate spend exceed cost go over more less longer budget limit limits cap ask
    asking luck success be question questions approval permission confirmation bother wait take mind care
    waste burn get let need
    """
)
VAGUE = bag(
    """
    budget limit limits cap money cost costs broke overboard crazy expensive much long approval permission asking
    ask tries cheap
    """
)
_ACTS = bag(
    """
    touch change edit modify delete deploy push use install remove drop run restart upgrade downgrade update rewrite
    commit merge release publish ship alter rename move migrate reset revert disable enable stop kill overwrite
    force-push create add downgrade pin bump write wipe skip mock stub send call connect download access expose log
    print leak reboot truncate
    """
)


def never(line: Line, at: int, fresh: bool) -> Clause | None:
    """Prohibitions: `never …`, `don't …`, `without …`, `no …`, `leave … alone`."""
    if (found := _LEAVE.match(line.text, line.starts[at])) and fresh:
        left = line.at(found.start("what")), line.at(found.end("what"))
        return Clause(line.at(found.end()), (Effect("never", f"act:changing {line.said(*left)}"),))
    if fresh and (found := _FORBIDDEN.match(line.text, line.starts[at])):
        item = line.at(found.start("what")), line.at(found.end("what"))
        return Clause(line.at(found.end()), (Effect("never", named(line, item, prohibited=True)),))
    if fresh and (found := _SPARED.match(line.text, line.starts[at])):
        what, deed = (line.said(line.at(found.start(part)), line.at(found.end(part))) for part in ("what", "deed"))
        return Clause(line.at(found.end()), (Effect("never", f"act:{what} {deed.removeprefix('be ')}"),))
    start = line.match(NEVER, at)
    if start is None and fresh:
        start = line.match(NO, at)
    if start is None or start >= len(line):
        return None
    listed, end = items(line, start, nor=True)
    if (
        not listed
        or not ends(line, end)
        or (
            end < len(line) and line.tokens[end].canon in ("unless", "until", "without", "if", "when", "before", "only")
        )
    ):
        return None
    if _EVIDENCE.match(line.canon(start, end)):
        why = f"`{line.said(at, end)}`: success needs the evidence of the checks; say it again without that"
        return Clause(end, (Effect("refusal", why),))
    first = line.tokens[start].canon
    words = set(line.canon(start, end).split())
    if listed and line.tokens[start].canon == "CMD":
        return Clause(end, tuple(Effect("never", named(line, item, prohibited=True)) for item in listed))
    single = len(words) == 1 and first not in _ACTS and not first.endswith("ing") and not line.match(NO, at)
    if (
        single
        or (words - {first} in ({"me"}, {"us"}) and first not in _ACTS)
        or first in _NOT_AN_ACT
        or words & VAGUE
        or (not fresh and line.tokens[at].canon != "without" and first not in _ACTS)
    ):
        return None
    return Clause(end, tuple(Effect("never", named(line, item, prohibited=True)) for item in listed))
