"""Prohibitions: what is never to be done, in the words said."""

import re

from interlock.core.goal.acts import ends, items, named
from interlock.core.goal.limits import Clause, Effect
from interlock.core.goal.phrases import END
from interlock.core.goal.spelling import bag
from interlock.core.goal.tokens import Line

NEVER = re.compile(
    r"(?:(?:and|but|also|please|then|you|we|it|just|so) )*(?:(?:dont|do not|never|must not|mustnt|"
    r"should not|shouldnt|may not|can not|cannot|cant|not to|under no circumstances|in no case|"
    r"by no means|not allowed to|are not allowed to|"
    r"avoid|refrain from|stay away from|keep away from|keep out of|keep your hands off|hands off|"
    r"stay out of|stay off)(?: (?:you|ever|even|to|do|think about|try to|attempt to|dare to|dare))* |"
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
        what = line.at(found.start("what")), line.at(found.end("what"))
        return Clause(line.at(found.end()), (Effect("never", f"act:changing {line.said(*what)}"),))
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
    single = len(words) == 1 and first not in _ACTS and not first.endswith("ing") and not line.match(NO, at)
    if (
        single
        or first in _NOT_AN_ACT
        or words & VAGUE
        or (not fresh and line.tokens[at].canon != "without" and first not in _ACTS)
    ):
        return None
    return Clause(end, tuple(Effect("never", named(line, item, prohibited=True)) for item in listed))
