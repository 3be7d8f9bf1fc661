"""Spelling: slips in the grammar's own words that no one would misread; figures are never corrected."""


def bag(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


_ALIASES = {
    word: right
    for right, words in {
        "the": "teh hte th",
        "pass": "pas psas",
        "passes": "pases",
        "test": "tset",
        "ask": "aks",
        "more": "moer mroe",
        "most": "msot",
        "cost": "csot",
        "and": "adn nad",
        "with": "wiht wth",
        "never": "nver neve neber",
        "until": "til till unitl unti",
        "please": "pls plz plse",
        "dont": "donot dnt dotn",
        "you": "u",
        "forty": "fourty",
        "ninety": "ninty",
    }.items()
    for word in words.split()
}
_KEYWORDS = bag(
    """
    above under below before after until tests never spend spending exceed exceeds budget limit maximum dollars
    bucks without asking deploy deploying deployment destructive anything everything iterations attempts tries
    minutes hours costs build check checks approval unless otherwise database passes green fixing repair repairing
    keep stop delete deleting production spent total
    forbidden prohibited banned taboo limits
    """
)
# real words one slip away from a keyword: they mean themselves
_REAL = bag(
    """
    texts rests nests tents bests testy tasks lever fever sever level nerve speed spent spends expend limits limbo
    yours hour tours pours hose tribes dries cries tried times tired trees tires timed lists posts hosts coasts
    casts cost cores posts ducks backs books parses masses pauses passed passer steps stops shops slop stow keeps
    deep seep peep greed greens greet budge budgets gadget tested tester test built builds guild guilds builder
    checked checker chucks deploys deployed deployer deployments employ alter later afters aster udder wonder unto
    bellow belong elbow above about abode basking asked tasking masking exceeded deleted deletes deletion totals
    tote spelt sent send spender spends minute hours attempt attempted database databases fixings preparing repaired
    repairs repair maximums maximal approvals productions fining mixing filing aiter blow blows consts greek greeks
    ours ever newer sped pending sending speeding ending bending lending mending vending dests ties trie dunder
    undef undoer util utils dollar iteration rlimit ulimit untie deleter sunder untied witch canned manned
    panned tanned banner banners tabor tattoo
    """
)


def _shorter(word: str) -> set[str]:
    return {word[:at] + word[at + 1 :] for at in range(len(word))}


_NEAR: dict[str, set[str]] = {}
for _keyword in sorted(word for word in _KEYWORDS if len(word) >= 5):
    for _form in {_keyword} | _shorter(_keyword):
        _NEAR.setdefault(_form, set()).add(_keyword)


def correct(word: str) -> str:
    """The grammar's word that was meant, where one slip of the pen explains it; otherwise the word itself."""
    if word in _ALIASES:
        return _ALIASES[word]
    if len(word) < 4 or word in _KEYWORDS or word in _REAL or not word.isalpha() or word.isupper():
        return word
    meant = {k for form in {word} | _shorter(word) for k in _NEAR.get(form, ()) if _one_slip(word, k)}
    return meant.pop() if len(meant) == 1 else word


def _one_slip(word: str, keyword: str) -> bool:
    """One letter missing, doubled, wrong or swapped with its neighbour."""
    start = next(
        (i for i, (a, b) in enumerate(zip(word, keyword, strict=False)) if a != b), min(len(word), len(keyword))
    )
    rest, right = word[start:], keyword[start:]
    return (
        rest[1:] == right
        or rest == right[1:]
        or rest[1:] == right[1:]
        or (len(rest) > 1 and rest[1] + rest[0] + rest[2:] == right)
    )
