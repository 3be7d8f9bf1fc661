"""Undo as a plan: what is put back, what of it somebody else changed since, and what can't be put back."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from interlock.core.snapshot import Change, Entry, above, alike


class Seen(Struct, frozen=True, kw_only=True):
    """What an act (or its turn's checks) changed. `certain`: nobody else can have; a crash leaves it open."""

    iteration: int
    changes: tuple[Change, ...]
    certain: bool = True


class Restoration(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One path that becomes `to` again, None being nothing, where `found` stands now.

    `disputed`: what stands there is not, or not only, what the session left; a person decides.
    """

    path: str
    to: Entry | None
    found: Entry | None
    disputed: bool = False


class Remainder(Struct, frozen=True, kw_only=True):
    """What can't be undone, and what a person can do instead."""

    what: str
    instead: str


class Plan(Struct, frozen=True, kw_only=True):
    """An undo of `session` from the act of iteration `step` on: everything to put back, and all that stays."""

    session: str
    step: int
    restore: tuple[Restoration, ...] = ()
    remain: tuple[Remainder, ...] = ()

    @property
    def overwrites(self) -> tuple[str, ...]:
        """The paths whose present content somebody else may have made."""
        return tuple(each.path for each in self.restore if each.disputed)


class Traced(Struct, frozen=True, kw_only=True):
    """A path over the whole session: what it was, what the session left, whether the two are one unbroken chain."""

    path: str
    was: Entry | None
    left: Entry | None
    unbroken: bool = True
    certain: bool = True


_decoder = msgspec.json.Decoder(Plan)


def encode_plan(plan: Plan) -> bytes:
    """The bytes by whose digest an approval is bound to exactly this plan."""
    return msgspec.json.encode(plan)


def decode_plan(stored: bytes) -> Plan:
    """The plan of stored bytes. Raises msgspec.DecodeError."""
    return _decoder.decode(stored)


def trace(seen: Iterable[Seen]) -> tuple[Traced, ...]:
    """What became of each path. A gap between what one act left and the next one found was somebody else's change."""
    traced: dict[str, Traced] = {}
    for act in seen:
        for change in act.changes:
            known = traced.get(change.path)
            if known is None:
                known = Traced(path=change.path, was=change.was, left=change.became)
            unbroken = known.unbroken and (known.path not in traced or alike(known.left, change.was))
            certain = known.certain and act.certain
            traced[change.path] = replace(known, left=change.became, unbroken=unbroken, certain=certain)
    return tuple(traced.values())


def judge(
    traced: Sequence[Traced], now: Mapping[str, Entry | None], environments: Mapping[str, str] | None = None
) -> tuple[tuple[Restoration, ...], tuple[Remainder, ...]]:
    """What is to be put back given what stands there now, and what can't be. What is as it was needs nothing.

    `environments` are the commands that bring back what was installed in a virtual environment, by its path.
    """
    restore, remain = [], []
    for each in traced:
        found = visible(each.path, now)
        if alike(each.was, found):
            continue
        if (problem := _impossible(each, found, environments or {})) is not None:
            remain.append(problem)
            continue
        destroys = found is not None and not (each.certain and alike(found, each.left))
        restore.append(Restoration(path=each.path, to=each.was, found=found, disputed=destroys or not each.unbroken))
    kept, foreign = _emptied(restore)
    return tuple(sorted(kept, key=lambda one: one.path)), tuple(remain + foreign)


def visible(path: str, now: Mapping[str, Entry | None]) -> Entry | None:
    """What stands at a path; nothing does behind a link or file that stands at another path of these."""
    found = now[path]
    return None if found is not None and found.kind == "hidden" and any(up in now for up in above(path)) else found


def _impossible(each: Traced, found: Entry | None, environments: Mapping[str, str]) -> Remainder | None:
    """Why one path can't be put back."""
    ends = [entry for entry in (each.was, found) if entry is not None]
    if any(entry.kind == "apart" for entry in ends):
        did = "changed" if each.was is not None else "made"
        return Remainder(what=f"`{each.path}` was {did}", instead=environments.get(each.path) or _again(each))
    if each.was is not None and not each.was.kept:
        why = "is no file, link or folder" if each.was.kind == "other" else f"was not kept ({each.was.size} bytes)"
        return Remainder(what=f"`{each.path}` {why}", instead="take it from git or a backup")
    if found is not None and found.kind == "hidden":
        return Remainder(
            what=f"`{each.path}` lies behind a link or file that stands where its folder was",
            instead="move that away and undo again",
        )
    return None


def _again(each: Traced) -> str:
    """How what is left apart is made again, or taken away."""
    path, name = each.path, each.path.rpartition("/")[2]
    if each.was is None:
        return f"`rm -r -- {path}` removes it, if nothing else needs it"
    if name == "node_modules":
        return "`npm ci` makes it again from the lock file"
    if name == ".git":
        commit = each.was.mark.partition(" ")[0]
        reset = (
            f"`git reset --keep {commit}` goes back to the commit before" if commit else "`git reflog` shows commits"
        )
        return f"{reset}; look at `.git/config` and `.git/hooks` if it was not a commit that changed it"
    return f"`uv venv --clear {path}` and installing what the project requires make it again"


def _emptied(restore: Sequence[Restoration]) -> tuple[list[Restoration], list[Remainder]]:
    """Folders that hold more than what goes away with them stay: what is in them is somebody else's."""
    going: dict[str, int] = {}
    kept, foreign = [], []
    for each in sorted(restore, key=lambda one: one.path.count("/"), reverse=True):
        is_folder = each.found is not None and each.found.kind == "folder"
        stays_folder = each.to is not None and each.to.kind == "folder"
        if is_folder and not stays_folder and each.found is not None and each.found.size > going.get(each.path, 0):
            foreign.append(
                Remainder(
                    what=f"folder `{each.path}` holds what the session did not put there",
                    instead="look at it, and remove it yourself if nothing in it is needed",
                )
            )
            continue
        kept.append(each)
        if each.found is not None and each.to is None:
            parent = each.path.rpartition("/")[0]
            going[parent] = going.get(parent, 0) + 1
    return kept, foreign
