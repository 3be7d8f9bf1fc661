"""Clauses: the table of ways in which limits, ask lines and waivers are said. A clause that does not fit a row is not guessed."""

import re
from typing import NamedTuple

# the words that may stand between `ask me if` and an amount: a closed set, so that a condition nobody foresaw is not lost
_BAG = (
    "(?:(?:the|its|it|this|that|these|my|your|our|we|i|you|youve|ive|weve|total|overall|whole|all|entire|combined|running|cost|costs|"
    "spend|spending|spendings|bill|price|expense|expenses|money|budget|amount|of|job|session|run|fix|fixing|thing|anything|"
    "something|goes|go|going|gets|get|is|are|be|been|being|would|will|ll|should|might|may|could|does|did|has|have|having|had|"
    "rises|climbs|climb|exceed|exceeds|exceeding|exceeded|pass|passes|passing|passed|reach|reaches|reaching|reached|hit|hits|"
    "hitting|cross|crosses|crossing|crossed|run|runs|running|spent|use|used|using|burn|burned|burnt|burning|comes|come|tops|"
    "surpasses|about|to|over|above|past|beyond|more|higher|greater|than|in|excess|up|ever|even|more_than|at|it'll|itll|a|"
    "out|ends|end|looks|like|likely|expected|starts|wants|needs|need|want|would|costing|on|cumulative|doing|work|line|mark|"
    "threshold|figure|everything|together|so|far) )*?"
)
_MARK = "(?:the |my )?"
_TAIL = (
    r"(?: (?:in total|total|totally|altogether|overall|all in|all told|on this|on it|for this|for it|in all|so far|or more|mark|line|"
    r"threshold|limit|already|spent|is spent|are spent|has been spent|on (?:this|the) (?:job|fix|task|run)|of spend|of spending|in costs?|"
    r"in spend|in spending|for (?:the )?(?:whole|entire) (?:thing|job|session|run)|at the (?:very )?most|at most|max|maximum|tops))*"
)
STARTERS = (
    "but|and|or|then|otherwise|until|while|so|however|also|plus|please|ask|ping|never|dont|stop|kill|quit|abort|max|maximum|at|no|not|cap|"
    "budget|hard|within|without|with|give|if|when|whichever|fix|keep|for|under|up|unless|spend|limit|check|confirm|do|thanks|thank|"
    "though|too|ok|okay|cheers|actually|before|after|is|let|just|i|you|get|make|repair|try|as|wait|only|in|to|on|you|we|it"
)
END = rf"(?= ?$| ?[,.()] | ?(?:{STARTERS}) )"
_PRE = r"(?:(?:with|within|for|and|but|also|in|using|on|just|please|then|spend|spending|use|take|do|make|it|run|try|allow|work|keep|a|an|the|my|our|your|is|use|set|put|there|you|we|have|got|may|can|should|i|want|will|pay|cost|costs|costing) )*?"
_MOST = (
    r"(?:at (?:the )?(?:very )?most|at the (?:very )?max|at maximum|no more than|not more than|no longer than|not longer than|max|maximum|maximal|max of|maximum of|"
    r"a (?:max|maximum|total) of|a (?:hard )?limit of|up to|up-to|no later than|less than|fewer than|for under|in under|limited to|limit|"
    r"limit of|limit to|limit is|limit it to|capped at|cap|cap of|cap at|cap is|cap it at|cap this at|cap (?:the )?(?:total )?(?:costs?|spend|spending|it|this) (?:at|to)|not exceeding|not to exceed|hard max|hard limit|hard limit of|hard cap|hard cap of|hard cap at|hard cap is|"
    r"absolute max|absolute maximum|absolute maximum of|timebox|timebox it to|timebox of|ceiling of|a ceiling of)"
)
_COLON = r"(?: ,| is| at| of| to)?"
_LAST = r"(?:(?: ,)? (?:tops|max|maximum|at (?:the )?(?:very )?most|at (?:the )?(?:absolute )?max|absolute max|absolute maximum|absolute tops|hard cap|hard limit|hard max|hard stop|cap|limit|budget|ceiling|upper limit|and (?:no|not a (?:cent|penny)) more|and not more|or less_))"
_CAPWORD = r"(?:(?:hard |absolute |total |overall |spending |cost |money |dollar |strict |maximum |max )*(?:cap|limit|budget|maximum|max|ceiling|stop|hard stop|upper limit|bound))"
_NOT = r"(?:dont|do not|never|must not|mustnt|should not|shouldnt|may not|can not|cannot|cant|not|under no circumstances|in no case|by no means|dont ever|do not ever|never ever)"
_SPENDS = r"(?:spend|exceed|go|use|cost|burn|pay|run|let|ever|it|the|total|costs?|spending|get|be|up|cross|pass|surpass|charge|blow|through|rack|a|bill|of)"
_OVER = r"(?:more than|over|above|past|beyond|in excess of|higher than|greater than|than|exceed|up to more than|at more than|to exceed)"
_STOP = (
    r"(?:(?:just|then|please|but|and|or|you must|you should|must|should|do|simply|hard|also|to) )*(?:stop (?:it|this|work|working|trying|everything|fixing|there|the (?:run|session|job|work)|immediately|completely|hard|dead)|"
    r"stop|quit|abort|abort it|halt|give up|give it up|giving up|kill it|kill this|kill the (?:run|session|job|process)|end it|end the (?:run|session)|terminate|"
    r"terminate it|bail|bail out|pull the plug|cut it off|call it quits|call it a day|shut it down|shut down|cease|hard stop|hard stop is|finish|stopping)"
)
_AT = r"(?:(?:at|when|if|once|after|as soon as|whenever|before|past|above|over|beyond|by|on|the moment|should|in case|no later than) )"
_TRIED = (
    r"(?:(?:you|youve|ive|it|its|has|have|had|is|are|did|tried|try|failed|fails|fail|failing|still|not|doesnt|does|after|with|more|than|been|"
    r"made|make|the|work|worked|working|passing|passed|fixed|green|isnt|hasnt|at|least|a|total|of|there|were|gone|through|done|used|using|reach|"
    r"reached|hit|for|already|wasted|spent|this|that|broken|red|takes|take|and|it'll|hits|reaches|,) )*?"
)
_NOLUCK = r"(?: (?:without (?:any )?(?:luck|success|succeeding|progress|result|results|a fix|fixing it)|in vain|and (?:it )?(?:still )?(?:fails|failed|failing|nothing works|no luck|no success)|with no (?:luck|success)|unsuccessfully|have failed|has failed|failed|fail|fails|in total|total|have been made|were made|used|dont (?:work|help|fix it)|did not (?:work|help)|didnt (?:work|help)|are used up|already|at (?:the )?most|max|maximum|tops))*"
_LONG = r"(?:(?:it|its|this|that|the|takes|take|taking|took|has|have|been|is|are|running|run|runs|ran|going|goes|longer|more|than|over|above|past|for|you|youve|we|work|working|worked|job|fixing|of|exceeds|whole|thing|time|passes|after|spent) )*?"
_WONT_ASK = r"(?:ask|bother|disturb|wake|interrupt|ping|wait for|check with|consult|notify|call|prompt|pester|question|contact|page|text|message|nag)"


_ME = "(?: (?:me|us))"
ASKME = (
    rf"(?:(?:please|just|then|you must|you should|must|should|do|(?:stop|pause|wait|hold|hold on|halt|come back)(?: there)?(?: ,)?(?: and)?) )*(?:(?:ask|ping|warn|alert|consult|prompt|page|text|message|call|email|contact|notify|tell)(?:{_ME})?|"
    rf"(?:check|confirm|check in|consult|check back|clear it|talk|speak)(?: with| to){_ME}|let me know|run it by me|come (?:back )?to me|get back to me|escalate(?: (?:it )?to me)?|"
    r"(?:ask for|get|wait for|request|obtain|seek|need|await) (?:my |our )?(?:explicit |prior )?(?:approval|ok|okay|permission|confirmation|go-ahead|sign-off|consent|yes|input))"
    r"(?: (?:first|again|before (?:going on|continuing|you (?:go on|continue|proceed)|proceeding)|what to do|how to (?:proceed|go on)|about it|whether to (?:go on|continue)|to continue|for (?:help|approval|permission|advice|confirmation)))*"
)
ASKING = (
    rf"(?:having to |needing to |you |first |i |explicitly )*(?:ask|asking|asked|check|checking|confirm|confirming|consult|consulting|telling|pinging|contacting|approve|agree|say so|say yes|allow it|told you so|ok it|okay it|clearing it|getting|get|have|having)(?: (?:with|it|me|us|my|for|explicit|prior|written|approval|permission|ok|okay|first|again|consent|sign-off|confirmation|say-so|go-ahead))*"
    r"|(?:my|our|any|explicit|prior|written|an|a)(?: (?:explicit|prior|written|express))* (?:approval|permission|ok|okay|consent|sign-off|signoff|confirmation|say-so|go-ahead|yes)"
    r"|(?:approval|permission|consent|sign-off|confirmation)"
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
    _row("cap", rf"(?:{_PRE})?{_MOST}{_COLON} USD{_TAIL}{_LAST}?"),
    _row("cap", rf"(?:{_PRE})?USD{_TAIL}(?: as)?(?: a| my| the)?{_LAST}+"),
    _row("cap", rf"(?:{_PRE})?{_CAPWORD}{_COLON}(?: (?:at most|exactly|to|is|of|at|up to))? USD{_TAIL}{_LAST}*"),
    _row("cap", rf"(?:you |we |it )?{_NOT} (?:{_SPENDS} )*(?:{_OVER} )USD{_TAIL}"),
    _row("cap", rf"(?:you |we |it )?{_NOT} (?:exceed|surpass|cross|pass|go past|go beyond) USD{_TAIL}"),
    _row("cap", rf"(?:dont|do not|never|no need to) ask(?: me)?(?: ,)?(?: (?:just|but|simply|and|instead|rather))* {_STOP} (?:at|when|once|if) {_BAG}USD{_TAIL}"),
    _row("cap", rf"{_STOP}{_COLON} {_AT}?{_BAG}USD{_TAIL}"),
    _row("cap", rf"(?:keep|stay|hold|make sure|ensure)(?: (?:the|total|overall|it|this|costs?|spend|spending|bill|price|is|stays|remains|we|you|at|all|to|everything|your|my|that|stay|sure))* (?:under|below|within|less than|at most|no more than|at or below|at or under|beneath) (?:a (?:budget|cap|total) of )?USD{_TAIL}"),
    _row("under", rf"(?:for |in |at |on )?(?:under|below|within|less than) (?:a budget of )?USD{_TAIL}"),
    _row("cap", rf"(?:you |we )?(?:have|have got|get|can|may|can use|can spend|may spend|are allowed to spend|can go up to|spend|use)(?: (?:a|the|budget|of|total|spend|up|to|use))* USD{_TAIL}"),
    _row("cap", rf"(?:with|on|for|there is|theres)? ?(?:a|the|my|our)? ?(?:total |hard |max |maximum )*budget(?: of| is| ,)? USD{_TAIL}{_LAST}*"),
    _row("cap", rf"(?:for )?no more than USD{_TAIL}"),
    _row("free", r"(?:dont|do not|never) (?:spend|cost|use|pay) (?:any money|anything|any|a cent|a dime|a penny|a single (?:cent|dollar))(?: at all| on (?:it|this))?"),
    # money, asked about
    _row("ask", rf"(?:you |we |it )?{_NOT} (?:{_SPENDS} )*(?:{_OVER} )?USD{_TAIL} (?:without|before|unless|until) ASKING"),
    _row("ask", rf"(?:no more than|nothing (?:over|above|past|beyond)|not more than|at most|up to) USD{_TAIL} (?:without|before|unless) ASKING"),
    _row("ask", rf"(?:(?:you|can|may|are|allowed|to|feel|free|have|spend|use|go|up|as|much) )*(?:up to |at most |as much as )?USD{_TAIL} (?:without (?:having to |needing to )?ASKING|on your own|freely|before (?:you |having to |needing to |you have to |you need to |you must )*ASKING)"),
    _row("ask", rf"(?:any |all )?(?:anything|everything|spending|spend|costs?|total cost|amounts?|whatever|going|cost|expenses?) {_BAG}USD{_TAIL} (?:needs|need|requires|require|must have|has to have|has to be|must be|is|goes|should be|should go) (?:by |through |past |approved by |subject to |confirmed by |cleared by |run by |up to )?(?:me|my call|my decision|(?:my|our) (?:explicit |prior |written )?(?:approval|ok|okay|permission|consent|sign-off|signoff|confirmation|go-ahead|yes))(?: first)?"),
    _row("ask", rf"(?:ask|approval|soft)(?: me)? (?:line|limit|threshold)(?: ,| is| of| at)* USD{_TAIL}"),
    _row("ask", rf"(?:if|when|once|as soon as|should|whenever|above|over|past|beyond|at|before) {_BAG}USD{_TAIL}(?: ,)?(?: then)? ASKME"),
    # time
    _row("time", rf"(?:{_PRE})?{_MOST}{_COLON} DUR(?: of (?:work|working time|time))?{_TAIL}{_LAST}?"),
    _row("time", rf"(?:{_PRE})?DUR(?: of (?:work|working time|time))?{_LAST}"),
    _row("time", rf"(?:{_PRE})?(?:within|in under|in less than|in at most|in no more than|under|for) (?:the next )?DUR"),
    _row("time", rf"(?:you |we )(?:have|have got|get|can take|may take|can use)(?: up to| at most)? DUR"),
    _row("time", rf"(?:you |it |this |that )?{_NOT} (?:(?:take|work|run|spend|let|it|this|use|go|on|be|for|you|working|exceed|keep|going) )*(?:(?:longer|more|over|past|beyond) )?(?:than )?(?:for )?DUR(?: on (?:it|this))?"),
    _row("time", rf"(?:take|spend|work|use)(?: it)?(?: for)? (?:no longer than|no more than|at most|up to|less than) DUR(?: on (?:it|this))?"),
    _row("time", rf"(?:(?:max|maximum|hard) )?(?:time|working time|time limit|time budget|time box|timebox|limit|timeout|deadline of)(?: limit| budget| box| cap)?(?: ,| is| of| to| at)* (?:at most |max |no more than )?DUR(?: max| tops)?"),
    _row("time", rf"{_STOP} {_AT}?{_LONG}DUR(?: of (?:work|working|trying|this|time))?"),
    _row("baretime", r"DUR"),
    # tries
    _row("then_ask", rf"(?:{_PRE})?(?:try |up to |at most |no more than |max |maximum |after |only |for |it )*TRY(?: at most| max| tops)?(?: ,)?(?: and)?(?: and)? then ASKME"),
    _row("tries", rf"(?:{_PRE})?(?:have |try |trying |retry )?(?:it )?{_MOST}{_COLON} TRY{_TAIL}{_LAST}?"),
    _row("tries", rf"(?:{_PRE})?(?:have |try |within |in |for )?(?:it )?TRY{_LAST}"),
    _row("tries", rf"(?:{_PRE})(?:within|in|in under|in less than|in at most|in no more than) TRY"),
    _row("tries", rf"(?:you )?{_NOT} (?:(?:try|retry|make|take|use|do|run|it|attempt|go|loop|have|exceed|need) )*(?:(?:more|longer|over|beyond|past) )?(?:than )?TRY"),
    _row("tries", rf"(?:you )(?:have|get|have got|can have|can use)(?: up to| at most)? TRY"),
    _row("tries", rf"{_STOP} (?:{_AT})?{_TRIED}TRY{_NOLUCK}"),
    _row("baretries", r"TRY"),
    # changing what was said
    _row("amend", rf"(?:actually|no|wait|no wait|sorry|hmm|or rather|rather|correction|oops|scratch that|i mean|i meant|make that|make it|better|instead|on second thought)(?: ,)?(?: (?:actually|no|wait|sorry|make|that|it|i|mean|meant|lets|say|to|be|change|set|rather|better|,|should|the|limit|actually))* (?:USD|DUR|TRY)(?: instead| rather| actually)?"),
    _row("amend", rf"(?:make|change|lets make|set|let us make) (?:that|it|this)(?: to)? (?:USD|DUR|TRY)(?: instead| rather)?"),
    # what words cannot do
    _row("waive", rf"(?:(?:please|and|just|you|need|need not|have|no|to) )*(?:dont|do not|never|no need to|without|stop|not) (?:ever )?(?:{_WONT_ASK}|asking|bothering|waiting for|disturbing|interrupting|checking with)(?: (?:me|us|anyone|anybody|for|anything|any|at all|questions?|again|about|it|my|approval|permission|confirmation|with|ok|okay|everything|up|first|tonight|humans?|people|a human|input))*", "words cannot waive what policy sends to a person; it will wait for an answer"),
    _row("waive", r"(?:no questions(?: asked)?|no approvals?(?: needed| required)?|without (?:any |my )?(?:questions|approvals?|confirmation|permission|supervision)|no confirmations?|no interruptions|autonomously without limits)", "words cannot waive what policy sends to a person; it will wait for an answer"),
    _row("unbounded", r"(?:keep (?:trying|going|at it|working) forever|forever|for ever|no limits?(?: at all| whatsoever)?|without (?:any )?(?:limits?|limit|budget|cap)|unlimited(?: \w+)?|indefinitely|as long as (?:it takes|needed|necessary|you (?:need|want|like))|whatever it (?:costs|takes)|(?:no matter|regardless of) (?:what|how (?:much|long|many)|(?:what )?(?:the |it )?(?:costs?|price|time))(?: it (?:costs|takes))?|at (?:any|all) costs?|(?:money|cost|price|budget) is no (?:object|issue|problem|concern)|cost doesnt matter|spare no expense|no (?:budget|cap|maximum|time limit|cost limit|spending limit)|spend (?:whatever|as much as)(?: (?:it takes|you need|you want|you like|is needed))?|infinite(?:ly)?(?: \w+)?)", "hard limits always exist; say yes to the defaults, or name your own"),
    # what says nothing
    _row("filler", r"whichever (?:comes|happens|is) (?:first|earlier|sooner)"),
    _row("filler", r"(?:let me know|tell me|ping me|notify me|text me|message me|email me) (?:when|once|as soon as|if) (?:it is|its|you are|youre|you have|its all|it has|everything is|all is|that is) (?:done|finished|ready|complete|completed|fixed|over)"),
    _row("filler", r"(?:i am|im|ill be) (?:going|off|heading|out) (?:to|for|at) (?:bed|sleep|lunch|dinner|home|a meeting)"),
    _row("filler", r"(?:thank you|thanks|many thanks|thx|cheers|good luck|have fun|no rush|take care)(?: (?:a lot|so much|very much|in advance|for this|again|mate))*"),
)  # fmt: skip

ASK_HEAD = re.compile(
    rf"(?:(?:please|just|always|then|but|and|also|you must|you should|you have to|must|should|make sure to|make sure you|be sure to|remember to|do|i want you to|id like you to|(?:stop|pause|wait|hold|hold on|halt|come back)(?: ,)?(?: and)?) )*"
    rf"(?:(?:ask|ping|warn|alert|consult|prompt|page|text|message|call|email|slack|contact|notify|tell)(?:{_ME})?(?: for (?:my )?(?:approval|permission|confirmation|ok))?|"
    rf"(?:check|confirm|check in|check back|clear it|talk|speak)(?: with| to){_ME}|let me know|run it by me|come (?:back )?to me|get back to me|escalate(?: (?:it )?to me)?|(?:i want to|id like to|i would like to|let me|i must|i need to) (?:be asked|approve|confirm|decide|sign off)|"
    r"(?:ask for|get|wait for|request|obtain|seek|need|await|require|you need|have) (?:my |our |a )?(?:explicit |prior )?(?:approval|ok|okay|permission|confirmation|go-ahead|sign-off|consent|yes))(?: (?:first|again|too))*(?: ,)?(?= )"
)  # fmt: skip
ASK_MONEY = re.compile(
    rf" ?(?:(?:only )?(?:if|when|once|whenever|as soon as|before|should|in case|for|at|above|over|past|beyond|after|from|on|prior to|the moment|about)) {_MARK}{_BAG}USD{_TAIL}{END}"
)
ASK_NOTHING = re.compile(
    rf"(?:before|prior to|for|about) (?:(?:you|ever|even|we|i) )*(?:spending|spend|paying|pay|costing|using|any spending|any spend|any cost)(?: (?:anything|any money|money|a cent|a single cent|a dollar|any|at all|even))*{END}"
)
ASK_TRIES = re.compile(rf"(?:if|when|once|after|as soon as|whenever|should) {_TRIED}TRY{_NOLUCK}{END}")
ASK_TRIES_AT = re.compile(rf"(?:after|if|when|once) {_TRIED}TRY{_NOLUCK}(?: ,)?(?: then)? (?:{ASKME}){END}")
THEN_ASK = re.compile(rf"(?:, )?(?:and then|and|then|but) (?:{ASKME}){END}")
STOP_MORE = re.compile(
    rf"(?:, )?(?:or|and)(?: if| when| after| once| at| until)? (?:(?P<usd>{_AT}?{_BAG}USD{_TAIL})|(?P<dur>{_AT}?{_LONG}DUR)|(?P<try>{_AT}?{_TRIED}TRY{_NOLUCK})){END}"
)
