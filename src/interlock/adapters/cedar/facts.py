"""What Cedar is told of a request: its context and entities, or why the request can't be judged."""

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from fnmatch import fnmatchcase
from typing import Any

import cedarpy
import msgspec
from cedarpy import pst

from interlock.core.policy import Request
from interlock.core.wishes import forces_push, matching

USER, ROLE, WORKSPACE, ACTION = (pst.EntityType(name) for name in ("User", "Role", "Workspace", "Action"))
LONG = 2**63 - 1
SYSTEM = ("/boot", "/dev", "/etc", "/proc", "/run", "/sys")
SECRETS = frozenset({".aws", ".git-credentials", ".gnupg", ".kube", ".netrc", ".pypirc", ".ssh"})


class BadRequest(Exception):
    """The request can't be judged as it stands; the message says why."""


class Known(msgspec.Struct, frozen=True):
    """What the policies name, which facts they read, and what the schema declares."""

    read: tuple[str, ...]
    named: tuple[pst.EntityUid, ...]
    actions: frozenset[str]
    schema: cedarpy.Schema


def told(request: Request, known: Known, *, approved: bool) -> dict[str, Any]:
    """The facts that some policy reads, always in the same order."""
    every = context(request) | {"approved": approved}
    return every if "*" in known.read else {name: every[name] for name in known.read if name in every}


def context(request: Request) -> dict[str, Any]:
    """The facts that policies read, in the schema's words. Raises BadRequest."""
    _check(request)
    act, quote, effects = request.act, request.quote, request.quote.effects
    priced = {} if quote.worst is None else {"worst": quote.worst}
    return priced | {
        "skill": act.skill,
        "agent": request.agent,
        "paths": request.paths,
        "force": forces_push(act),
        "reads": effects.reads,
        "writes": effects.writes,
        "network": effects.network or quote.network,
        "destructive": effects.destructive,
        "reversible": effects.reversible,
        "idempotent": effects.idempotent,
        "inside_workspace": all(_inside(path, request.workspace) for path in request.paths),
        "system_paths": any(_guarded(path, request.workspace, effects.writes) for path in request.paths),
        "declared": quote.declared,
        "granted": any(fnmatchcase(act.skill, grant) for grant in request.grants),
        "prohibited": bool(matching(request.never, act, quote)),
        "asked": bool(matching(request.ask_before, act, quote)),
        "approved": request.approved,
        "spent": request.spent,
    }


def known(trees: Sequence[pst.Template], schema: cedarpy.Schema) -> Known:
    """The entities that must be there whatever is asked, and the facts that must be told."""
    read = {name for tree in trees for clause in tree.clauses for name in _read(clause)}
    named = {uid for tree in trees for uid in pst.entity_uids(tree) if uid.type != ACTION}
    declared = msgspec.json.decode(str(cedarpy.Entities.from_json_str("[]", schema)))
    return Known(tuple(sorted(read)), tuple(named), frozenset(entity["uid"]["id"] for entity in declared), schema)


def entities(principal: str, roles: Iterable[str], skill: str, workspace: str, known: Known) -> cedarpy.Entities:
    """Everything that the request or a policy names: Cedar takes a missing entity for one that belongs to nothing."""
    user, place = pst.EntityUid(USER, principal), pst.EntityUid(WORKSPACE, workspace)
    held = [pst.EntityUid(ROLE, role) for role in roles]
    parents: dict[pst.EntityUid, list[pst.EntityUid]] = {uid: [] for uid in (place, *held, *known.named)} | {user: held}
    loaded = cedarpy.Entities.from_json_str(_encode(parents), known.schema)
    if skill in known.actions:
        return loaded
    family = pst.EntityUid(ACTION, f"{skill.partition('.')[0]}.*")
    new: dict[pst.EntityUid, list[pst.EntityUid]] = {pst.EntityUid(ACTION, skill): [family]}
    return loaded.with_added_json_str(_encode(new if family.id in known.actions else new | {family: []}))


def _read(node: object) -> Iterator[str]:
    """The facts that an expression reads."""
    match node:
        case pst.GetAttr(pst.Var("context"), attr):
            yield attr
        case pst.HasAttr(pst.Var("context"), attrs):
            yield attrs[0]
        case pst.Var("context"):
            yield "*"
        case tuple():
            for inner in node:
                yield from _read(inner)
        case Mapping():
            yield from _read(tuple(node.values()))
        case _ if is_dataclass(node):
            for field in fields(node):
                yield from _read(getattr(node, field.name))


def _encode(parents: Mapping[pst.EntityUid, Iterable[pst.EntityUid]]) -> str:
    def shape(uid: pst.EntityUid) -> dict[str, str]:
        return {"type": str(uid.type), "id": uid.id}

    listed = [
        {"uid": shape(uid), "attrs": {}, "parents": [shape(up) for up in above]} for uid, above in parents.items()
    ]
    return msgspec.json.encode(listed).decode()


def _check(request: Request) -> None:
    if not request.principal or not request.act.skill or "*" in request.act.skill:
        raise BadRequest("a request names its principal and one skill")
    for name, number in (("spent", request.spent), ("worst", request.quote.worst)):
        if number is not None and (type(number) is not int or not 0 <= number <= LONG):
            raise BadRequest(
                f"`{name}` is `{number!s:.40}`; policies can only judge whole micro-dollars from 0 to {LONG}"
            )
    for path in (request.workspace, *request.paths):
        if not _canonical(path):
            raise BadRequest(f"`{path!s:.200}` is not a canonical absolute path; resolve it before it is judged")


def _canonical(path: str) -> bool:
    return path.startswith("/") and "\0" not in path and not path.startswith("//") and posixpath.normpath(path) == path


def _inside(path: str, workspace: str) -> bool:
    return path == workspace or path.startswith(f"{workspace.rstrip('/')}/")


def _guarded(path: str, workspace: str, writes: bool) -> bool:
    """Whether it holds secrets, or is the system's. A workspace of `/` makes no system folder one's own.

    What is written into `.git` may run later, outside of every sandbox: a hook, or a monitor that its settings name.
    """
    inside = _inside(path, workspace) and workspace != "/"
    parts = (path.removeprefix(workspace) if inside else path).split("/")
    if not SECRETS.isdisjoint(parts) or (writes and ".git" in parts):
        return True
    return not inside and any(_inside(path, folder) for folder in SYSTEM)
