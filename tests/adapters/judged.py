"""Requests and authorizers for the tests of policy."""

from pathlib import Path
from typing import Any

from msgspec.structs import replace

from interlock.adapters.cedar import CedarAuthorizer
from interlock.core.plan import Act, Effects
from interlock.core.policy import Quote, Request

LONG = 2**63 - 1
HARSHNESS = {"allowed": 0, "withheld": 1, "denied": 2}
STARTERS = CedarAuthorizer.load()
READ = Effects()
WRITE = Effects(writes=True)
DESTROY = Effects(writes=True, destructive=True, reversible=False)


def make_request(skill: str = "files.read", effects: Effects = READ, **changes: Any) -> Request:
    quote = Quote(effects=effects, worst=changes.pop("worst", 0), declared=changes.pop("declared", False))
    plain = Request(
        principal="ada",
        roles=("owner",),
        act=Act(skill=skill, arguments=changes.pop("arguments", {})),
        quote=quote,
        workspace="/w",
        session="s",
        paths=("/w/app.py",),
        grants=("*",),
    )
    return replace(plain, **changes)


def effect(request: Request, **changes: bool) -> Request:
    return replace(request, quote=replace(request.quote, effects=replace(request.quote.effects, **changes)))


def organisation(folder: Path, policies: str, schema: str = "", *, starter: bool = True) -> CedarAuthorizer:
    (folder / "ours.cedar").write_text(policies)
    if schema:
        (folder / "ours.cedarschema").write_text(schema)
    return CedarAuthorizer.load([folder], starter=starter)
