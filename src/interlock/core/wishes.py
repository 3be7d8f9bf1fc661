"""Wishes: whether an act falls under what a person wants to be asked about, or never wants. In doubt it does."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from interlock.core.plan import Act
from interlock.core.policy import Quote

DEEDS = {
    "deploy": r"deploy\w*|redeploy\w*|releas\w*|publish\w*|rollout|ship|promot\w*|kubectl|helm|terraform",
    "push": r"push|pushes|pushed|pushing",
    "delete": r"delet\w*|remov\w*|rm|rmdir|drop|drops|dropping|dropdb|truncat\w*|destroy\w*|wip(?:e|es|ing)|purg\w*"
    r"|eras(?:e|es|ing)|uninstall\w*|unlink|shred",
    "install": r"install\w*|upgrad\w*|pip|pip3|pipx|npm|pnpm|yarn|apt|apk|dnf|brew|poetry|conda",
    "restart": r"restart\w*|reboot\w*|kill\w*|systemctl",
    "fetch": r"fetch\w*|download\w*|curl|wget|clon(?:e|es|ing)",
    "commit": r"commit\w*",
    "merge": r"merg(?:e|es|ed|ing)|rebas\w*",
    "send": r"send\w*|sent|mail\w*|email\w*|notify\w*|notif\w*",
}
THINGS = {
    "database": r"databases?|db|sql|sqlite\d?|postgres\w*|psql|mysql\w*|mariadb|mongo\w*|redis|tables?|schemas?"
    r"|migrat\w*|alembic|dropdb",
    "package": r"packages?|dependenc\w*|requirements?|lockfiles?",
    "network": r"network\w*|internet|online",
    "service": r"services?|servers?|process(?:es)?|daemons?",
    "secret": r"secrets?|credentials?|passwords?|tokens?",
    "file": r"files?",
    "force": r"forc(?:e|es|ed|ing)",
    "main": r"main|master|trunk",
    "production": r"prod|prd|production|live",
    "elsewhere": r"stag(?:e|ing)|dev|development|qa|preview|local|localhost",
}
CONCEPT = re.compile("|".join(f"(?P<{name}>{words})" for name, words in (DEEDS | THINGS).items()))
IDLE = re.compile(
    r"an?|the|any\w*|all|some|its?|this|that|these|those|them|my|our|your|to|of|in|on|at|by|for|from|with|without|into"
    r"|onto|over|or|and|not?|n?ever|before|do|does|doing|mak(?:e|es|ing)|touch\w*|us(?:e|es|ing)|chang\w*|modif\w*"
    r"|edit\w*|alter\w*|works?|working|mess\w*|go|goes|going|access\w*|open\w*|updat\w*|runs?|running|leave|alone|me"
    r"|i|you|we|us|there|here"
)
IMPLIED = {
    "process.ensure": ("deploy", "restart", "service", "elsewhere"),
    "process.stop": ("restart", "service", "elsewhere"),
    "packages.sync": ("install", "package", "network"),
    "packages.install": ("network",),
    "packages.raise_pin": ("install", "package", "network", "pinn", "version"),
    "packages.rebuild": ("install", "package", "network", "python", "interpreter", "version", "environment"),
    "git.fetch": ("network",),
    "http.get": ("fetch", "network"),
}
PLAIN = ("files.", "packages.", "git.", "http.", "database.", "checks.", "test.")
LONGEST_KNOWN = 40
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile(r"[^\W_]+")
FORCING = re.compile(r"-[a-z]*f|--force.*|--mirror|\+.+")


def matching(wishes: Sequence[str], act: Act, quote: Quote) -> tuple[str, ...]:
    """The wishes (`deploy`, `destructive`, `network`, `act:some words`) that the act falls under, or may well do.

    `after_tries:N` is about going on, not about an act, and never matches.
    """
    if not wishes:
        return ()
    deeds = _deeds(act, quote)
    return tuple(wish for wish in wishes if _covers(wish, act, quote, deeds))


def forces_push(act: Act) -> bool:
    """Whether the act overrides git's own refusal: a git skill with `force`, or `git push` with a forcing flag."""
    words = {word for text in _texts(act.arguments) for word in text.split()}
    if act.skill.startswith("git."):
        return bool(act.arguments.get("force")) or any(FORCING.fullmatch(word) for word in words)
    pushes = {"git", "push"} <= {word.rsplit("/", 1)[-1] for word in words}
    return pushes and any(FORCING.fullmatch(word) for word in words)


def _covers(wish: str, act: Act, quote: Quote, deeds: frozenset[str]) -> bool:
    kind, _, words = wish.partition(":")
    match kind:
        case "after_tries":
            return False
        case "destructive":
            return quote.effects.destructive or ("delete" in deeds and not quote.declared and not _is_plain(act))
        case "network":
            return _uses_network(quote)
        case "deploy":
            return "deploy" in deeds
        case _:
            return _falls_under(words if kind == "act" else wish, act, quote, deeds)


def _falls_under(words: str, act: Act, quote: Quote, deeds: frozenset[str]) -> bool:
    meant = _concepts(word for word in _words(words) if not IDLE.fullmatch(word))
    if not meant:
        return True
    done, named, things = meant & DEEDS.keys(), meant - DEEDS.keys(), _things(act, quote)
    if not done:
        return bool(named & things) or (named.isdisjoint(THINGS) and _is_opaque(act, quote))
    if "force" in named and "force" not in things:
        return False
    if done & deeds:
        return not ("production" in named and "elsewhere" in things and "production" not in things)
    return not _is_plain(act) and "production" in named & things


def _uses_network(quote: Quote) -> bool:
    """A declared act's effects say what it does; that it may share the host's network does not make it use it."""
    return quote.effects.network or (quote.network and not quote.declared)


def _is_plain(act: Act) -> bool:
    return act.skill.startswith(PLAIN)


def _is_opaque(act: Act, quote: Quote) -> bool:
    """Nobody can tell from outside what it does: an agent's own command, or a skill not known here, that changes."""
    changes = quote.effects.writes or quote.effects.destructive or quote.effects.network
    return not quote.declared and not _is_plain(act) and changes


def _deeds(act: Act, quote: Quote) -> frozenset[str]:
    """What it does: a plain skill does what its name says, a command may do whatever its words say."""
    said = {*_words(act.skill), *_words(quote.name)}
    if not _is_plain(act):
        said.update(word for text in _texts(act.arguments) for word in _words(text))
    done = {*_concepts(said), *IMPLIED.get(act.skill, ())}
    return frozenset(done & DEEDS.keys()) | ({"delete"} if quote.effects.destructive else frozenset())


def _things(act: Act, quote: Quote) -> frozenset[str]:
    """What it names: in its skill, in its arguments, in its effects."""
    said = {word for text in (act.skill, quote.name, *_texts(act.arguments)) for word in _words(text)}
    named = {*_concepts(said), *IMPLIED.get(act.skill, ())}
    named |= {"network"} if _uses_network(quote) else set()
    return frozenset(named | ({"force"} if forces_push(act) else set()))


def _concepts(words: Iterable[str]) -> frozenset[str]:
    """Each word's concept, or its stem where it has none."""
    return frozenset(_known_concept(word) if len(word) <= LONGEST_KNOWN else _concept(word) for word in words)


def _concept(word: str) -> str:
    match = CONCEPT.fullmatch(word)
    return (match.lastgroup or word) if match else _stem(word)


# acts say the same few words again and again
_known_concept = lru_cache(maxsize=4096)(_concept)


def _stem(word: str) -> str:
    for ending in ("ing", "ies", "es", "ed", "s", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word


def _words(text: str) -> list[str]:
    return _WORD.findall(_HUMP.sub(" ", text).casefold())


def _texts(value: Any) -> Iterator[str]:
    """Every string in arguments; the names of arguments too where they are switched on."""
    match value:
        case str():
            yield value
        case dict():
            for key, inner in value.items():
                if inner is True:
                    yield str(key)
                yield from _texts(inner)
        case list() | tuple():
            for inner in value:
                yield from _texts(inner)
        case _:
            return
