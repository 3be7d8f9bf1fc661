"""Tokens: the words of a command, with quoted material, paths, addresses and figures kept whole."""

import re
import unicodedata
from bisect import bisect_left
from decimal import Decimal
from typing import NamedTuple

from interlock.core.goal.spelling import bag, correct

MOST_TOKENS = 600

_FILE = (
    "py|pyc|js|ts|tsx|sh|toml|json|yml|yaml|whl|txt|md|html|css|cfg|ini|lock|gz|tgz|tar|zip|sql|db|"
    "sqlite|log|so|jar|war|go|rs|c|h|cpp|rb|java|xml|csv|env|deb|rpm|bin|exe|pdf|png|svg|xlsx"
)

_LEX = re.compile(
    r"""
      (?P<quote> ```.*?``` | (?m:^)>[^\n]* | "[^"]*" | “[^”]*” | „[^“”]*[“”] | «[^»]*» | ‘[^’\n]*’(?!\w)
               | (?<![\w'])'(?!til\b)(?:[^'\n]|(?<=\w)'(?=\w))*'(?!\w) )
    | (?P<cmd> `[^`]+` )
    | (?P<open> ["“„«`] | (?<!\S)[‘'](?!til\b) )
    | (?P<url> https?://[^\s<>"`]*[\w/=&%-] )
    | (?P<path> (?<![$€£\w]) (?!\d+/\w) (?:~|\.{1,2})?/?[\w@*+.-]*(?:/[\w@*+-][\w@*+.-]*)*/(?:[\w@*+.-]*[\w@*+])?
              | (?<![$€£\w]) [\w@+-]+(?:\.[\w@+-]+)*\.(?:"""
    + _FILE
    + r""")\b(?![.]\w) )
    | (?P<cur> (?:(?<!\w)(?:us\ ?|a|c|ca|au|nz|hk|s|r|mx))?\$ | usd\b\ ?\$? (?=\ ?[-−–]?[\d.]) | [€£¥₹₽₩₿¢] )
    | (?P<clock> \d{1,2}:\d\d(?:\s?[ap]\.?m\b)? | \d{1,2}\s?[ap]\.?m\b | \d{1,2}\s?o'?clock )
    | (?P<odd> \d+(?:⁄|/)\d+ | \d+(?:[.,_'’]\d+)*[_'’]\d+(?:[.,_'’]\d+)* | \d+(?:\.\d+){2,}[\w.+-]*\w )
    | (?P<number> (?:(?<![\w.,)])[-−])?(?:\d+(?:[.,]\d+)*|\.\d+) (?P<suffix> [a-z%∞]+(?:\d+[a-z]*)? )? )
    | (?P<flag> (?<!\S)--?[a-z][\w-]*(?:=[^\s,;]+)? )
    | (?P<word> [^\W\d][\w]*(?:['’][\w]+|\.\d[\w]*)*(?:-[\w]+)* | '(?:til)\b | ∞ )
    | (?P<stop> \.{2,} | (?<!\s)\.(?=[\s)"'”]|$) | \.$ | [;!?]+ | …+ | \n\s*\n | \n\s*[-*•](?=\s) )
    | (?P<comma> , | : | — | – | --(?=\s) | -(?=\s) )
    | (?P<open_paren> [(\[{] ) | (?P<close_paren> [)\]}] )
    | (?P<sign> <= | >= | [<>≤≥~≈&%/+*=-] | \. )
    | (?P<other> \S )
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)

_SIGNS = {
    "<": "under",
    ">": "above",
    ">=": "above",
    "≥": "above",
    "<=": "up-to",
    "≤": "up-to",
    "&": "and",
    "≈": "~",
    "=": "is",
}
_FIXED = {
    "quote": "QUOTE",
    "cmd": "CMD",
    "open": "OPEN",
    "url": "URL",
    "path": "PATH",
    "cur": "CUR",
    "clock": "CLOCK",
    "odd": "ODD",
    "number": "NUM",
    "stop": ".",
    "comma": ",",
    "open_paren": "(",
    "close_paren": ")",
}


class Token(NamedTuple):
    """One token: words in lower case or a kind in upper case, its place in the source, its value."""

    canon: str
    start: int
    end: int
    value: Decimal | int | str | None = None


class Line:
    """A command as tokens, which patterns can be matched against from any token on."""

    def __init__(self, source: str, tokens: tuple[Token, ...]) -> None:
        self.source = source
        self.tokens = tokens
        self.text = "".join(f"{token.canon} " for token in tokens)
        self.starts: list[int] = []
        at = 0
        for token in tokens:
            self.starts.append(at)
            at += len(token.canon) + 1
        self.starts.append(at)
        self._last = {token.canon: at for at, token in enumerate(tokens)}

    def ahead(self, kind: str, at: int) -> bool:
        """Whether a token of this kind is still to come at or after token `at`."""
        return self._last.get(kind, -1) >= at

    def __len__(self) -> int:
        return len(self.tokens)

    def match(self, pattern: re.Pattern[str], at: int) -> int | None:
        """The token after a match of the pattern that begins at token `at`; None when it does not match there."""
        found = pattern.match(self.text, self.starts[at])
        return self.at(found.end()) if found and found.end() > self.starts[at] else None

    def at(self, offset: int) -> int:
        """The first token that begins at or after an offset in `text`."""
        return bisect_left(self.starts, offset)

    def canon(self, start: int, end: int) -> str:
        """The plain forms from token `start` to before token `end`."""
        return self.text[self.starts[start] : self.starts[end]].rstrip()

    def said(self, start: int, end: int) -> str:
        """The words of the source from token `start` to before token `end`, as they were written."""
        return self.source[self.tokens[start].start : self.tokens[end - 1].end] if start < end else ""

    def first(self, kind: str, start: int, end: int) -> Token | None:
        """The first token with this plain form between the two places."""
        return next((token for token in self.tokens[start:end] if token.canon == kind), None)


def normal(words: str) -> str:
    """The words in one Unicode form, without invisible characters."""
    plain = unicodedata.normalize("NFKC", words)
    return "".join(c for c in plain if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))


def lex(source: str) -> list[Token]:
    """Cut normalised words into tokens; nothing but white space is lost."""
    found = (_token(match) for match in _LEX.finditer(source))
    return [part for token in found for part in _parts(token)]


def _token(match: re.Match[str]) -> Token:
    kind, said = str(match.lastgroup if match.lastgroup != "suffix" else "number"), match[0]
    if kind in _FIXED:
        return Token(_FIXED[kind], match.start(), match.end(), said)
    if kind == "sign":
        return Token(_SIGNS.get(said, said), match.start(), match.end())
    if kind == "flag":
        return Token(said, match.start(), match.end())
    if kind == "other":
        return Token("ODD" if said.isnumeric() else said.lower(), match.start(), match.end(), said)
    return Token(said.lower().replace("’", "").replace("'", ""), match.start(), match.end())


_JOINED = bag(
    """
    dollar dollars buck bucks usd hour hours minute minutes min day days second seconds try tries attempt attempts
    one two three four five six seven eight nine ten twenty thirty forty fifty sixty seventy eighty ninety hundred
    thousand ish cap limit budget max
    """
)


def _parts(token: Token) -> list[Token]:
    """Split `fifty-dollar` and `twenty-five`, keep `force-push`; correct the spelling of single words."""
    if "-" in token.canon[1:-1] and token.canon[0] != "-" and set(token.canon.split("-")) & _JOINED:
        parts, at = [], token.start
        for word in token.canon.split("-"):
            parts.append(Token(correct(word), at, at + len(word)))
            at += len(word) + 1
        return parts
    return [token._replace(canon=correct(token.canon))]
