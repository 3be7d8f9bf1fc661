"""Phrases: the words that limits, ask lines and occasions are said with, as fragments of patterns."""

# what may stand between `ask me if` and an amount: a closed set, so that no unforeseen condition is lost
BAG = (
    "(?:(?:the|its|it|this|that|these|my|your|our|we|i|you|youve|youd|id|wed|ive|weve|total|overall|"
    "whole|all|entire|combined|running|cost|costs|"
    "spend|spending|spendings|bill|price|expense|expenses|money|budget|amount|of|job|session|run|fix|"
    "fixing|thing|anything|"
    "something|goes|go|going|gets|get|is|are|be|been|being|would|will|ll|should|might|may|could|does|"
    "did|has|have|having|had|"
    "rises|climbs|climb|exceed|exceeds|exceeding|exceeded|pass|passes|passing|passed|reach|reaches|"
    "reaching|reached|hit|hits|"
    "hitting|cross|crosses|crossing|crossed|run|runs|running|spent|use|used|using|burn|burned|burnt|"
    "burning|comes|come|tops|"
    "surpasses|about|to|over|above|past|beyond|more|higher|greater|than|in|excess|up|ever|even|"
    "more_than|at|it'll|itll|a|"
    "out|ends|end|looks|like|likely|expected|starts|wants|needs|need|want|would|costing|on|"
    "cumulative|doing|work|line|mark|"
    "threshold|figure|everything|together|so|far) )*?"
)
MARK = "(?:the |my )?"
TAIL = (
    r"(?: (?:in total|total|totally|altogether|overall|all in|all told|on this|on it|for this|for it|"
    r"in all|so far|or more|mark|line|"
    r"threshold|limit|already|spent|is spent|are spent|has been spent|on (?:this|the) (?:job|fix|task|"
    r"run)|of spend|of spending|in costs?|"
    r"in spend|in spending|for (?:the )?(?:whole|entire) (?:thing|job|session|run)|"
    r"at the (?:very )?most|at most|max|maximum|tops))*"
)
STARTERS = (
    "but|and|or|then|otherwise|until|while|so|however|also|plus|please|ask|ping|never|dont|stop|kill|"
    "quit|abort|max|maximum|at|no|not|cap|"
    "budget|hard|within|without|with|give|if|when|whichever|fix|keep|for|under|up|unless|spend|limit|"
    "check|confirm|do|thanks|thank|"
    "though|too|ok|okay|cheers|actually|before|after|is|let|just|i|you|get|make|repair|try|as|wait|"
    "only|in|to|on|you|we|it"
)
END = rf"(?= ?$| ?[,.()] | ?(?:{STARTERS}) )"
PRE = (
    r"(?:(?:only|with|within|for|and|but|also|in|using|on|just|please|then|spend|spending|use|take|do|make|it|"
    r"run|try|allow|work|keep|a|an|the|my|our|your|is|use|set|put|there|you|we|have|got|may|can|should|i|"
    r"want|will|pay|cost|costs|costing) )*?"
)
MOST = (
    r"(?:at (?:the )?(?:very )?most|at the (?:very )?max|at maximum|no more than|no more then|"
    r"not more than|no longer than|not longer than|max|maximum|maximal|max of|maximum of|"
    r"a (?:max|maximum|total) of|a (?:hard )?limit of|up to|up-to|no later than|less than|fewer than|"
    r"for under|in under|limited to|limit yourself to|limit|"
    r"limit of|limit to|limit is|limit it to|capped at|cap|cap of|cap at|cap is|cap it at|cap this at|"
    r"cap (?:the )?(?:total )?(?:costs?|spend|spending|it|this) (?:at|to)|only|not exceeding|not to exceed|"
    r"hard max|hard limit|hard limit of|hard cap|hard cap of|hard cap at|hard cap is|"
    r"absolute max|absolute maximum|absolute maximum of|timebox|timebox it to|timebox of|ceiling of|a ceiling of)"
)
COLON = r"(?: ,| is| at| of| to)?"
LAST = (
    r"(?:(?: ,)? (?:tops|max|maximum|at (?:the )?(?:very )?most|at (?:the )?(?:absolute )?max|"
    r"absolute max|absolute maximum|absolute tops|and (?:no|not a (?:cent|penny)) more)| , (?:hard stop|"
    r"hard limit|hard cap)(?= ?$| \.)|(?: ,)? then (?:stop|quit|give up|call it quits)|"
    r" (?:hard cap|hard limit|hard max|hard stop|cap|limit|budget|ceiling|"
    r"upper limit))"
)
CAPWORD = (
    r"(?:(?:hard |absolute |total |overall |spending |cost |money |dollar |strict |maximum |max )*(?:cap|"
    r"limit|budget|maximum|max|ceiling|stop|hard stop|upper limit|bound))"
)
NOT = (
    r"(?:dont|do not|never|must not|mustnt|should not|shouldnt|may not|can not|cannot|cant|not|"
    r"under no circumstances|in no case|by no means|dont ever|do not ever|never ever)"
)
SPENDS = (
    r"(?:spend|exceed|go|use|cost|burn|pay|run|let|ever|it|the|total|costs?|spending|get|be|up|cross|pass|"
    r"surpass|charge|blow|through|rack|a|bill|of)"
)
OVER = (
    r"(?:more than|more then|over|above|past|beyond|in excess of|higher than|greater than|than|exceed|"
    r"up to more than|at more than|to exceed)"
)
STOP = (
    r"(?:(?:just|then|please|but|and|or|you must|you should|must|should|do|simply|hard|also|"
    r"to) )*(?:stop (?:it|this|work|working|trying|everything|fixing|there|the (?:run|session|job|"
    r"work)|immediately|completely|hard|dead)|"
    r"stop|quit|abort|abort it|halt|give up|give it up|giving up|kill it|kill this|kill the (?:run|"
    r"session|job|process)|end it|end the (?:run|session)|terminate|"
    r"terminate it|bail|bail out|pull the plug|cut it off|call it quits|call it a day|shut it down|"
    r"shut down|cease|hard stop|hard stop is|finish|stopping)"
)
AT = (
    r"(?:(?:at|when|if|once|after|as soon as|whenever|before|past|above|over|beyond|by|on|the moment|"
    r"should|in case|no later than) )"
)
TRIED = (
    r"(?:(?:you|youve|ive|it|its|has|have|had|is|are|did|tried|try|failed|fails|fail|failing|still|"
    r"not|doesnt|does|after|with|more|than|been|"
    r"made|make|the|work|worked|working|passing|passed|fixed|green|isnt|hasnt|at|least|a|total|of|"
    r"there|were|gone|through|done|used|using|reach|"
    r"reached|hit|for|already|wasted|spent|this|that|broken|red|takes|take|and|it'll|hits|reaches|,) )*?"
)
NOLUCK = (
    r"(?: (?:without (?:any )?(?:luck|success|succeeding|progress|result|results|a fix|fixing it)|in vain|"
    r"and (?:it )?(?:still )?(?:fails|failed|failing|nothing works|no luck|no success)|with no (?:luck|"
    r"success)|unsuccessfully|have failed|has failed|failed|fail|fails|in total|total|have been made|"
    r"were made|used|dont (?:work|help|fix it)|did not (?:work|help)|didnt (?:work|help)|are used up|"
    r"already|at (?:the )?most|max|maximum|tops))*"
)
LONG = (
    r"(?:(?:it|its|this|that|the|takes|take|taking|took|has|have|been|is|are|running|run|runs|ran|going|"
    r"goes|longer|more|than|over|above|past|for|you|youve|we|work|working|worked|job|fixing|of|exceeds|"
    r"whole|thing|time|passes|after|spent) )*?"
)
WONT_ASK = (
    r"(?:ask|bother|disturb|wake|interrupt|ping|wait for|check with|consult|notify|call|prompt|pester|"
    r"question|contact|page|text|message|nag)"
)


ME = "(?: (?:me|us))"
ASKME = (
    rf"(?:(?:please|just|then|you must|you should|must|should|do|(?:stop|pause|wait|hold|hold on|halt|"
    rf"come back)(?: there)?(?: ,)?(?: and)?) )*(?:(?:ask|ping|warn|consult)(?:{ME})?|(?:alert|prompt|page|"
    rf"text|message|call|email|contact|notify|tell){ME}|"
    rf"(?:check|confirm|check in|consult|check back|clear it|talk|speak)(?: with| to){ME}|let me know|"
    rf"run it by me|come (?:back )?to me|get back to me|escalate(?: (?:it )?to me)?|"
    r"(?:ask for|get|wait for|request|obtain|seek|need|await) (?:my |our )?(?:explicit |"
    r"prior )?(?:approval|ok|okay|permission|confirmation|go-ahead|sign-off|consent|yes|input))"
    r"(?: (?:first|again|before (?:going on|continuing|you (?:go on|continue|proceed)|proceeding)|"
    r"what to do|how to (?:proceed|go on)|about it|whether to (?:go on|continue)|to continue|"
    r"for (?:help|approval|permission|advice|confirmation)))*"
)
ASKING = (
    r"(?:having to |needing to |you |first |i |explicitly )*(?:ask|asking|asked|check|checking|"
    r"confirm|confirming|consult|consulting|telling|pinging|contacting|approve|agree|say so|say yes|"
    r"allow it|told you so|ok it|okay it|clearing it|getting|get|have|having)(?: (?:with|it|me|us|my|"
    r"for|explicit|prior|written|approval|permission|ok|okay|first|again|consent|sign-off|"
    r"confirmation|say-so|go-ahead))*"
    r"|(?:my|our|any|explicit|prior|written|an|a)(?: (?:explicit|prior|written|express))* (?:approval|"
    r"permission|ok|okay|consent|sign-off|signoff|confirmation|say-so|go-ahead|yes)"
    r"|(?:approval|permission|consent|sign-off|confirmation)"
)
# what a passive clause is about: `the backups`, `any destructive act`
SUBJECT = (
    r"(?:(?:and|but|also|please|then) )*(?P<what>(?:(?!(?:if|that|which|it|this|who|what|and|but|you|we|i|is|are|"
    r"nothing|USD|DUR|TRY|NUM|BAD) )[^ ,.()]+ ){1,6}?)"
)
