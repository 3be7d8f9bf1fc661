"""Clauses: the ways in which limits, ask lines and waivers are said. What fits no row is not guessed."""

import re
from typing import NamedTuple

from interlock.core.goal.phrases import (
    ASKING,
    ASKME,
    AT,
    BAG,
    CAPWORD,
    COLON,
    END,
    LAST,
    LONG,
    MOST,
    NOLUCK,
    NOT,
    OVER,
    PRE,
    SPENDS,
    STOP,
    TAIL,
    TRIED,
    WONT_ASK,
)


class Row(NamedTuple):
    """One way to say something: which field it fills, and the words; `why` is the question or refusal it raises."""

    field: str
    pattern: re.Pattern[str]
    why: str = ""


def _row(field: str, pattern: str, why: str = "") -> Row:
    asked = pattern.replace("ASKME", f"(?:{ASKME})").replace("ASKING", f"(?:{ASKING})")
    return Row(field, re.compile(asked + END), why)


ROWS = (
    # money, hard
    _row("cap", rf"(?:{PRE})?{MOST}{COLON} USD{TAIL}{LAST}?"),
    _row("cap", rf"(?:{PRE})?USD{TAIL}(?: as)?(?: a| my| the)?{LAST}+"),
    _row("cap", rf"(?:{PRE})?{CAPWORD}{COLON}(?: (?:at most|exactly|to|is|of|at|up to))? USD{TAIL}{LAST}*"),
    _row(
        "cap",
        rf"(?:you |we |it |i )?{NOT} (?:(?:want|wish|like) (?:you |this |it |"
        rf"us )?to )?(?:{SPENDS} )*(?:{OVER} )USD{TAIL}",
    ),
    _row("cap", rf"(?:you |we |it )?{NOT} (?:exceed|surpass|cross|pass|go past|go beyond) USD{TAIL}"),
    _row(
        "cap",
        rf"(?:dont|do not|never|no need to) ask(?: me)?(?: ,)?(?: (?:just|but|simply|and|instead|"
        rf"rather))* {STOP} (?:at|when|once|if) {BAG}USD{TAIL}",
    ),
    _row("cap", rf"{STOP}{COLON} {AT}?{BAG}USD{TAIL}"),
    _row(
        "cap",
        rf"(?:keep|stay|hold|make sure|ensure|(?:the )?(?:total )?(?:costs?|spend|spending|bill) (?:must|"
        rf"should|has to|have to) (?:stay|be|remain))(?: (?:the|total|overall|it|this|costs?|spend|"
        rf"spending|bill|price|is|stays|remains|we|you|at|all|to|everything|your|my|that|stay|"
        rf"sure))* (?:under|below|within|less than|at most|no more than|at or below|at or under|"
        rf"beneath) (?:a (?:budget|cap|total) of )?USD{TAIL}",
    ),
    _row("cap", rf"(?:if|when|once|as soon as|should) {BAG}USD{TAIL}(?: ,)?(?: then)? {STOP}"),
    _row("under", r"(?:the |total )*(?:costs?|spend|spending|bill|price) (?:under|below|up-to) USD"),
    _row("under", rf"(?:for |in |at |on )?(?:under|below|within|less than) (?:a budget of )?USD{TAIL}"),
    _row(
        "cap",
        rf"(?:you |we )?(?:have|have got|get|can|may|can use|can spend|may spend|are allowed to spend|"
        rf"can go up to|spend|use)(?: (?:a|the|budget|of|total|spend|up|to|use))* USD{TAIL}",
    ),
    _row(
        "cap",
        rf"(?:with|on|for|there is|theres)? ?(?:a|the|my|our)? ?(?:total |hard |max |"
        rf"maximum )*budget(?: of| is| ,)? USD{TAIL}{LAST}*",
    ),
    _row("cap", rf"(?:for )?no more than USD{TAIL}"),
    _row(
        "free",
        r"(?:dont|do not|never) (?:spend|cost|use|pay) (?:any money|anything|any|a cent|a dime|a penny|"
        r"a single (?:cent|dollar))(?: at all| on (?:it|this))?",
    ),
    # money, asked about
    _row(
        "ask",
        rf"(?:you |we |it )?{NOT} (?:{SPENDS} )*(?:{OVER} )?USD{TAIL} (?:without|before|unless|"
        rf"until) ASKING",
    ),
    _row(
        "ask",
        rf"(?:no more than|nothing (?:over|above|past|beyond)|not more than|at most|"
        rf"up to) USD{TAIL} (?:without|before|unless) ASKING",
    ),
    _row(
        "ask",
        rf"(?:(?:you|can|may|are|allowed|to|feel|free|have|spend|use|go|up|as|much) )*(?:up to |at most |"
        rf"as much as )?USD{TAIL} (?:without (?:having to |needing to )?ASKING|on your own|freely|"
        rf"before (?:you |having to |needing to |you have to |you need to |you must )*ASKING)",
    ),
    _row(
        "ask",
        rf"(?:any |all )?(?:anything|everything|spending|spend|costs?|total cost|amounts?|whatever|going|"
        rf"cost|expenses?) {BAG}USD{TAIL} (?:needs|need|requires|require|must have|has to have|has to be|"
        rf"must be|is|goes|should be|should go) (?:by |through |past |approved by |subject to |"
        rf"confirmed by |cleared by |run by |up to )?(?:me|my call|my decision|(?:my|our) (?:explicit |"
        rf"prior |written )?(?:approval|ok|okay|permission|consent|sign-off|signoff|confirmation|go-ahead|"
        rf"yes))(?: first)?",
    ),
    _row("ask", rf"(?:more than|over|above|beyond|past|anything over) USD{TAIL} only (?:with|after) ASKING"),
    _row("ask", rf"(?:ask|approval|soft)(?: me)? (?:line|limit|threshold)(?: ,| is| of| at)* USD{TAIL}"),
    _row(
        "ask",
        rf"(?:if|when|once|as soon as|should|whenever|above|over|past|beyond|at|"
        rf"before) {BAG}USD{TAIL}(?: ,)?(?: then)? ASKME",
    ),
    # time
    _row("time", rf"(?:{PRE})?{MOST}{COLON} DUR(?: of (?:work|working time|time))?{TAIL}{LAST}?"),
    _row("time", rf"(?:{PRE})?DUR(?: of (?:work|working time|time))?{LAST}"),
    _row(
        "time",
        rf"(?:{PRE})?(?:within|in under|in less than|in at most|in no more than|under|"
        rf"for) (?:the next )?DUR",
    ),
    _row("time", r"(?:you |we )(?:have|have got|get|can take|may take|can use)(?: up to| at most)? DUR"),
    _row(
        "time",
        rf"(?:you |it |this |that )?{NOT} (?:(?:take|work|run|spend|let|it|this|use|go|on|be|for|you|"
        rf"working|exceed|keep|going) )*(?:(?:longer|more|over|past|"
        rf"beyond) )?(?:than )?(?:for )?DUR(?: on (?:it|this))?",
    ),
    _row(
        "time",
        r"(?:take|spend|work|use)(?: it)?(?: for)? (?:no longer than|no more than|at most|up to|"
        r"less than) DUR(?: on (?:it|this))?",
    ),
    _row(
        "time",
        r"(?:(?:max|maximum|hard) )?(?:time|working time|time limit|time budget|time box|timebox|"
        r"deadline of)(?: limit| budget| box| cap)?(?: ,| is| of| to| at)* (?:at most |max |"
        r"no more than )?DUR(?: max| tops)?",
    ),
    _row("time", rf"{STOP} {AT}?{LONG}DUR(?: of (?:work|working|trying|this|time))?"),
    _row("baretime", r"DUR"),
    # tries
    _row(
        "then_ask",
        rf"(?:{PRE})?(?:try |up to |at most |no more than |max |maximum |after |only |for |"
        rf"it )*TRY(?: at most| max| tops)?(?: ,)?(?: and)?(?: and)? then ASKME",
    ),
    _row("tries", rf"(?:{PRE})?(?:have |try |trying |retry )?(?:it )?{MOST}{COLON} TRY{TAIL}{LAST}?"),
    _row("tries", rf"(?:{PRE})?(?:have |try |within |in |for )?(?:it )?TRY{LAST}"),
    _row("tries", rf"(?:{PRE})(?:within|in|in under|in less than|in at most|in no more than) TRY"),
    _row(
        "tries",
        rf"(?:you )?{NOT} (?:(?:try|retry|make|take|use|do|run|it|attempt|go|loop|have|exceed|"
        rf"need) )*(?:(?:more|longer|over|beyond|past) )?(?:than )?TRY",
    ),
    _row("tries", r"(?:you )(?:have|get|have got|can have|can use)(?: up to| at most)? TRY"),
    _row("tries", rf"{STOP} (?:{AT})?{TRIED}TRY{NOLUCK}"),
    _row("baretries", r"TRY"),
    # changing what was said
    _row(
        "amend",
        r"(?:actually|no|wait|no wait|sorry|hmm|or rather|rather|correction|oops|scratch that|i mean|"
        r"i meant|make that|make it|better|instead|on second thought)(?: ,)?(?: (?:actually|no|wait|sorry|"
        r"make|that|it|i|mean|meant|lets|say|to|be|change|set|rather|better|,|should|the|limit|"
        r"actually))* (?:USD|DUR|TRY)(?: instead| rather| actually)?",
    ),
    _row(
        "amend",
        r"(?:make|change|lets make|set|let us make) (?:that|it|this)(?: to)? (?:USD|DUR|TRY)(?: instead|"
        r" rather)?",
    ),
    _row(
        "bareamend",
        r"(?:(?:actually|no|wait|no wait|sorry|or rather|rather|correction|oops|scratch that|i mean|i meant|"
        r"on second thought)(?: ,)? )*(?:make|change|set|lets make|i meant|actually|or rather|rather)"
        r"(?: (?:that|it|this|to|only|just))* (?:NUM|n0|n200)(?: instead| rather| actually)?",
    ),
    # what words cannot do
    _row(
        "waive",
        rf"(?:(?:please|and|just|you|need|need not|have|no|to) )*(?:dont|do not|never|no need to|without|"
        rf"stop|not) (?:ever )?(?:{WONT_ASK}|asking|bothering|waiting for|disturbing|interrupting|"
        rf"checking with)(?: (?:me|us|anyone|anybody|for|anything|any|at all|questions?|again|about|it|my|"
        rf"approval|permission|confirmation|with|ok|okay|everything|up|first|tonight|humans?|people|"
        rf"a human|input))*",
        "words cannot waive what policy sends to a person; it will wait for an answer",
    ),
    _row(
        "waive",
        r"(?:no questions(?: asked)?|no approvals?(?: needed| required)?|without (?:any |"
        r"my )?(?:questions|approvals?|confirmation|permission|supervision)|no confirmations?|"
        r"no interruptions|autonomously without limits)",
        "words cannot waive what policy sends to a person; it will wait for an answer",
    ),
    _row(
        "unbounded",
        r"(?:keep (?:trying|going|at it|working) forever|forever|for ever|no limits?(?: at all|"
        r" whatsoever)?|without (?:any )?(?:limits?|limit|budget|cap)|unlimited(?: \w+)?|indefinitely|"
        r"as long as (?:it takes|needed|necessary|you (?:need|want|like))|whatever it (?:costs|takes)|"
        r"(?:no matter|regardless of) (?:what|how (?:much|long|many)|(?:what )?(?:the |it )?(?:costs?|"
        r"price|time))(?: it (?:costs|takes))?|at (?:any|all) costs?|(?:money|cost|price|"
        r"budget) is no (?:object|issue|problem|concern)|cost doesnt matter|spare no expense|no (?:budget|"
        r"cap|maximum|time limit|cost limit|spending limit)|spend (?:whatever|as much as)(?: (?:it takes|"
        r"you need|you want|you like|is needed))?|infinite(?:ly)?(?: \w+)?|by (?:any|"
        r"all) means(?: necessary)?|(?:do )?whatever (?:is|it) (?:needed|necessary|takes)|"
        r"dont worry about (?:the )?(?:costs?|money|price|time|budget))",
        "hard limits always exist; say yes to the defaults, or name your own",
    ),
    # what says nothing
    _row("filler", r"whichever (?:comes|happens|is) (?:first|earlier|sooner)"),
    _row(
        "filler",
        r"(?:let me know|tell me|ping me|notify me|text me|message me|email me) (?:when|once|as soon as|"
        r"if) (?:it is|its|you are|youre|you have|its all|it has|everything is|all is|that is) (?:done|"
        r"finished|ready|complete|completed|fixed|over)",
    ),
    _row(
        "filler",
        r"(?:i am|im|ill be) (?:going|off|heading|out) (?:to|for|at) (?:bed|sleep|lunch|dinner|home|"
        r"a meeting)",
    ),
    _row(
        "filler",
        r"(?:thank you|thanks|many thanks|thx|cheers|good luck|have fun|no rush|take care)(?: (?:a lot|"
        r"so much|very much|in advance|for this|again|mate))*",
    ),
)
