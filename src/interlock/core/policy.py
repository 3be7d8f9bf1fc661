"""Verdicts and risks: what the gate says about an act, and why."""

from typing import Literal

from msgspec import Struct

from interlock.core.plan import Act, Check, Effects, Workspace

Risk = Literal["destructive_action", "high_cost", "asked_by_person", "guard_unavailable"]


class Quote(Struct, frozen=True, kw_only=True):
    """What an act would be and cost: effects, worst cost in micro-dollars (None: unknown), timeout in seconds.

    `declared` is true for what a person wrote down (tasks, services, checks); an agent's own acts are not. `name` is
    what a person called this very act, where its arguments don't say it. `bounded`: nothing can change but what stands
    at the paths that the act names.
    """

    effects: Effects
    worst: int | None = 0
    timeout: float = 600.0
    declared: bool = False
    network: bool = False
    name: str = ""
    bounded: bool = False


def quote_of(check: Check, workspace: Workspace) -> Quote:
    """What a declared check is: it looks on, at the cost and within the time that were declared."""
    away = workspace.network
    effects = Effects(idempotent=True, network=away)
    return Quote(effects=effects, worst=check.worst, timeout=check.timeout, declared=True, network=away)


class Request(Struct, frozen=True, kw_only=True):
    """One question to the authorizer: may this principal perform this (canonical) act here?

    `paths` are canonical absolute paths that the act names. `approved` says that a person approved this very act.
    `spent` and `worst` are micro-dollars.
    """

    principal: str
    roles: tuple[str, ...]
    act: Act
    quote: Quote
    workspace: str
    session: str
    agent: str = ""
    paths: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    ask_before: tuple[str, ...] = ()
    approved: bool = False
    spent: int = 0


class Verdict(Struct, frozen=True, kw_only=True):
    """The gate's word on an act. `because` names policies and rules by id; `words` say it to a person.

    `withheld`: not now, but a person may allow it. `violation`: the attempt itself ends the session.
    """

    outcome: Literal["allowed", "withheld", "denied"]
    because: tuple[str, ...] = ()
    words: str = ""
    risks: tuple[Risk, ...] = ()
    violation: bool = False
