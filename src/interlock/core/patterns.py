"""Patterns judged by their form, without running them: what could take for ever, and what is captured for certain.

A repeat of one kind of letter can end in as many places as its bounds allow, unless what comes next can't be such a
letter: then it ends where the run of letters ends, and there is one way. Ways multiply along a pattern.
"""

import re
import warnings
from collections.abc import Iterable, Sequence
from functools import reduce
from re import _constants, _parser  # type: ignore[attr-defined]  # the parsed form is the only way to judge a pattern
from typing import Any

TOO_MANY = 20_000
_MANY = 10**12
_DEEP = 40
_REPEATS = (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT)
_ONE = (_constants.LITERAL, _constants.NOT_LITERAL, _constants.ANY, _constants.IN)
_LETTERS = "".join(map(chr, range(128))) + "é"
_ALL = frozenset(_LETTERS)
_CATEGORIES = {
    _constants.CATEGORY_DIGIT: r"\d",
    _constants.CATEGORY_NOT_DIGIT: r"\D",
    _constants.CATEGORY_SPACE: r"\s",
    _constants.CATEGORY_NOT_SPACE: r"\S",
    _constants.CATEGORY_WORD: r"\w",
    _constants.CATEGORY_NOT_WORD: r"\W",
}
Letters = frozenset[str]


def dangers(pattern: str) -> tuple[str, ...]:
    """What makes a pattern dangerous or invalid: repeats that run on or explode, too many ways from one place."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            parsed = _parser.parse(pattern, re.MULTILINE)
    except (re.error, Warning, RecursionError) as problem:
        return (f"pattern `{pattern}` is not a regular expression: {problem}",)
    if parsed.getwidth()[0] < 6:
        return (f"pattern `{pattern}` may match fewer than 6 characters; say more of what the output says",)
    said = [*_dangers(parsed, inside=False)]
    if not said and (many := _ways(parsed)) > TOO_MANY:
        said.append(f"could try {many:,} ways from one place; let what follows a repeat be none of its letters")
    return tuple(f"pattern `{pattern}` {each}" for each in dict.fromkeys(said))


def always_captured(pattern: str) -> set[str]:
    """The named groups that every match yields. Raises re.error."""
    parsed = _parser.parse(pattern, re.MULTILINE)
    certain = _certain(parsed)
    return {name for name, group in parsed.state.groupdict.items() if group in certain}


def _certain(parsed: Any) -> set[int]:
    found: set[int] = set()
    for operation, argument in parsed:
        if operation is _constants.SUBPATTERN:
            found |= {argument[0]} | _certain(argument[-1])
        elif operation in _REPEATS and argument[0]:
            found |= _certain(argument[2])
        elif operation is _constants.BRANCH:
            found |= set.intersection(*(_certain(branch) for branch in argument[1]))
        elif operation is _constants.ATOMIC_GROUP:
            found |= _certain(argument)
    return found


def _dangers(parsed: Any, *, inside: bool) -> Iterable[str]:
    for operation, argument in parsed:
        if operation in _REPEATS:
            low, high, body = argument
            if high == _constants.MAXREPEAT:
                yield "repeats without a bound; write `{0,200}` instead of `*` or `+`"
            elif high > 500:
                yield "repeats more than 500 times; lower the bound"
            if inside and high - low > 1 and high > 40:
                yield "repeats inside a repeat; its time could explode"
            yield from _dangers(body, inside=inside or high > 1)
        elif operation is _constants.SUBPATTERN:
            yield from _dangers(argument[-1], inside=inside)
        elif operation is _constants.BRANCH:
            for branch in argument[1]:
                yield from _dangers(branch, inside=inside)
        elif operation in (_constants.ASSERT, _constants.ASSERT_NOT):
            yield from _dangers(argument[1], inside=inside)
        elif operation is _constants.ATOMIC_GROUP:
            yield from _dangers(argument, inside=inside)


def _ways(parsed: Any, after: Letters = frozenset()) -> int:
    """An upper bound, cut off at _MANY. `after` are the letters that may follow; a pattern that ends is content."""
    items = list(parsed)
    follows = [_first(items[at + 1 :], after) for at in range(len(items))]
    return reduce(lambda product, pair: min(product * _of(*pair), _MANY), zip(items, follows, strict=True), 1)


def _of(item: tuple[Any, Any], after: Letters) -> int:
    operation, argument = item
    if operation in _REPEATS:
        low, high, body = argument
        return _repeated(int(low), int(high), list(body), after)
    if operation is _constants.SUBPATTERN:
        return _ways(argument[-1], after)
    if operation is _constants.BRANCH:
        return sum(_ways(branch, after) for branch in argument[1])
    if operation in (_constants.ASSERT, _constants.ASSERT_NOT):
        return _ways(argument[1], _ALL)
    return _ways(argument, after) if operation is _constants.ATOMIC_GROUP else 1


def _repeated(low: int, high: int, body: Sequence[tuple[Any, Any]], after: Letters) -> int:
    starts = _first(body, after)
    ends = high - low + 1 if starts & after else 1
    inside = 1 if len(body) == 1 and body[0][0] in _ONE else _ways(body, starts | after)
    if inside == 1:
        return ends
    return _MANY if high > _DEEP else min(sum(inside**times for times in range(low, high + 1)), _MANY)


def _first(items: Sequence[tuple[Any, Any]], after: Letters) -> Letters:
    """The letters with which these items, and then what follows them, may begin."""
    found: Letters = frozenset()
    for operation, argument in items:
        letters, may_be_empty = _begins(operation, argument)
        found |= letters
        if not may_be_empty:
            return found
    return found | after


def _begins(operation: Any, argument: Any) -> tuple[Letters, bool]:
    if operation in _ONE:
        letters = _letters(operation, argument)
        return letters | {each.swapcase() for each in letters if each != "é"}, False
    if operation in _REPEATS:
        return _first(list(argument[2]), frozenset()), argument[0] == 0 or _empty(argument[2])
    if operation is _constants.SUBPATTERN:
        return _first(list(argument[-1]), frozenset()), _empty(argument[-1])
    if operation is _constants.BRANCH:
        firsts = [_first(list(branch), frozenset()) for branch in argument[1]]
        return frozenset().union(*firsts), any(map(_empty, argument[1]))
    if operation in (_constants.AT, _constants.ASSERT, _constants.ASSERT_NOT):
        return frozenset(), True
    return _ALL, True


def _empty(parsed: Any) -> bool:
    return bool(parsed.getwidth()[0] == 0)


def _letters(operation: Any, argument: Any) -> Letters:
    if operation is _constants.LITERAL:
        return frozenset(chr(argument) if argument < 128 else "é")
    if operation is _constants.NOT_LITERAL:
        return _ALL - {chr(argument)}
    if operation is _constants.ANY:
        return _ALL
    named = [_of_set(*each) for each in argument if each[0] is not _constants.NEGATE]
    letters: Letters = frozenset().union(*named)
    return _ALL - (letters - {"é"}) if argument[0][0] is _constants.NEGATE else letters


def _of_set(operation: Any, argument: Any) -> Letters:
    if operation is _constants.LITERAL:
        return _letters(operation, argument)
    if operation is _constants.RANGE:
        low, high = argument
        return frozenset(each for each in _LETTERS if low <= ord(each) <= high) | (
            {"é"} if high >= 128 else frozenset()
        )
    return frozenset(re.findall(_CATEGORIES[argument], _LETTERS)) if argument in _CATEGORIES else _ALL
