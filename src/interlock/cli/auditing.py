"""The audit: verify what is sealed, export it, show its newest head."""

import asyncio
import contextlib
import sys
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from interlock.adapters.seal import Seal
from interlock.adapters.sqlite.verify import verify as verify_store
from interlock.bootstrap import Interlock, home
from interlock.cli.failing import BadInput, complain
from interlock.cli.sessions import session_of
from interlock.core.events import encode
from interlock.ports import StoreUnusable

NOT_INTACT = 3
JsonFlag = Annotated[bool, Parameter(name="--json", negative="")]


def verify(*, json: JsonFlag = False) -> int:
    """Check every record against the seal. Exit code 0 when all is intact, 3 when not; the first bad record is named.

    Example: `interlock audit verify`

    :param json: One object.
    """
    folder = existing_store()
    try:
        found = verify_store(folder, seal=Seal.open(folder))
    except StoreUnusable as problem:
        return complain(f"not intact: {problem}", NOT_INTACT)
    if json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    elif found.ok:
        sys.stdout.write(f"intact: {found.records} records, sealed and signed\n")
    else:
        place = f" (session {found.session}, event {found.seq})" if found.session else ""
        complain(f"not intact: {found.problem}{place}")
    return 0 if found.ok else NOT_INTACT


def export(id: str | None = None, /, *, to: Path | None = None) -> int:
    """Write committed events as they are stored, one a line: of one session, or of all.

    Examples: `interlock audit export ses-91c0` · `interlock audit export --to events.jsonl`

    :param id: A session's id, or a unique beginning of one; all sessions when left out.
    :param to: The file to write; standard output when left out.
    """
    if to is not None and to.exists():
        raise BadInput(f"`{to}` is there already; name another file")
    return asyncio.run(_export(id, to))


def show() -> int:
    """Show the seal: the log's name, its size, the newest signed head, and the public key that checks it.

    Example: `interlock audit show`
    """
    folder = existing_store()
    seal = Seal.open(folder)
    heads = list(seal.published() or ())
    print(f"log     {seal.origin}")
    print(f"key     {seal.verifier}")
    if not heads:
        print("head    none yet; the first session makes one")
        return 0
    print(f"\n{max(heads, key=lambda head: head.size).note.decode()}", end="")
    return 0


async def _export(beginning: str | None, to: Path | None) -> int:
    async with Interlock.open() as il:
        rows = await il.log.rows(limit=1_000_000)
        wanted = [row.id for row in reversed(rows)] if beginning is None else [await session_of(il, beginning)]
        with contextlib.nullcontext(sys.stdout.buffer) if to is None else to.open("xb") as out:
            for session in wanted:
                out.writelines(encode(envelope) + b"\n" for envelope in await il.log.read(session))
    return 0


def existing_store() -> Path:
    """The store's folder. Raises BadInput where there is none, instead of making one."""
    folder = home()
    if not folder.is_dir():
        raise BadInput(f"there is no store in `{folder}` yet; `interlock run` makes one, or set $INTERLOCK_HOME")
    return folder
