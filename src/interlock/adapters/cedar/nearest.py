"""The nearest permits: which of those that concern an act came closest to allowing it, and what each still needs."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import cedarpy
from cedarpy import pst

from interlock.adapters.cedar.source import Policy, handle

SHOWN = 2


class Nearest:
    """Each permit taken apart, so that Cedar itself says which of its conditions hold."""

    def __init__(self, permits: Sequence[Policy]) -> None:
        self._permits = permits

    def sentences(self, question: dict[str, Any], entities: cedarpy.Entities) -> tuple[str, ...]:
        """At most two permits whose scope fits, those that lack least first, in words."""
        result = cedarpy.is_authorized(question, self._probes, entities)
        held = set(result.diagnostics.reasons)
        lacking = [
            (permit, [text for name, text in self._conditions[permit.id].items() if name not in held])
            for permit in self._permits
            if permit.id in held
        ]
        near = sorted((one for one in lacking if one[1]), key=lambda one: len(one[1]))[:SHOWN]
        return tuple(
            f"`{permit.id}` would allow it if {' and '.join(f'`{text}`' for text in needs)}" for permit, needs in near
        )

    @cached_property
    def _probes(self) -> cedarpy.PolicySet:
        return handle([tree for permit in self._permits for tree in (_scope(permit), *_pieces(permit))])

    @cached_property
    def _conditions(self) -> dict[str, dict[str, str]]:
        return {permit.id: {tree.id: _condition(tree) for tree in _pieces(permit)} for permit in self._permits}


def _scope(permit: Policy) -> pst.Template:
    return replace(permit.tree, clauses=())


def _pieces(permit: Policy) -> list[pst.Template]:
    """One policy for each condition: what `&&` joins in a `when`, and each `unless` as a whole."""
    clauses = [piece for clause in permit.tree.clauses for piece in _split(clause)]
    return [replace(permit.tree, id=f"{permit.id}#{n}", clauses=(clause,)) for n, clause in enumerate(clauses)]


def _split(clause: pst.Clause) -> Iterator[pst.Clause]:
    match clause:
        case pst.When(pst.BinaryOp("and", left, right)):
            yield from _split(pst.When(left))
            yield from _split(pst.When(right))
        case _:
            yield clause


def _condition(tree: pst.Template) -> str:
    """The condition as Cedar writes it, an `unless` as its opposite."""
    text = str(handle([replace(tree, annotations={}, action=pst.ScopeAny())]))
    said = text[text.index("{") + 1 : text.rindex("}")].strip()
    return f"!({said})" if isinstance(tree.clauses[0], pst.Unless) else said
