"""Operational memory: what was learned of fixes, how sure it is, and forgetting it."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from interlock.adapters.seal import is_signed_by
from interlock.bootstrap import Interlock
from interlock.cli.failing import BadInput, bounded
from interlock.cli.render.console import console_for, write
from interlock.cli.render.tables import print_memory
from interlock.core.exchange import SIGNED_AS, BadExport, Export, body, closing_line, read_export, refuse_older
from interlock.core.learning import confidence, interval
from interlock.core.views.text import one_line

LARGEST = 256 << 20
JsonFlag = Annotated[bool, Parameter(name="--json", negative="")]


def show(*, limit: int = 200, json: JsonFlag = False) -> int:
    """Show which fixes worked for which failures, how often, and in which interval their chance lies.

    Example: `interlock memory show --limit 20`

    :param limit: How many at most.
    :param json: One object a line.
    """
    bounded("--limit", limit, least=1)
    return asyncio.run(_show(limit, json))


def forget(fingerprint: str, /, *, fix: str | None = None) -> int:
    """Forget what was learned of a failure; the events that taught it stay.

    Example: `interlock memory forget 5c1f09aa`

    :param fingerprint: The failure's, as `interlock memory show` prints it.
    :param fix: Only of this fix.
    """
    return asyncio.run(_forget(fingerprint, fix))


def export() -> int:
    """Write what this store learned as JSON, one record a line, signed with its key.

    Example: `interlock memory export > memory.jsonl`
    """
    return asyncio.run(_export())


def import_(file: Path, /, *, of: Annotated[str | None, Parameter(name="--from")] = None) -> int:
    """Take in what another store has learned. It counts half, is kept apart, and replaces what came from there before.

    Example: `interlock memory import memory.jsonl --from interlock/7d0c+91ab33f0+AbCd...`

    :param file: What `interlock memory export` wrote there.
    :param of: The other store's public key, as `interlock audit show` prints it there.
    """
    try:
        if file.stat().st_size > LARGEST:
            raise BadInput(f"`{file}` is larger than any export ({LARGEST >> 20} MB); name another file")
        content = file.read_bytes()
    except OSError as problem:
        raise BadInput(
            f"can't read `{file}`: {problem.strerror}; name a file that `interlock memory export` wrote"
        ) from None
    try:
        return asyncio.run(_take_in(read_export(content), of))
    except BadExport as problem:
        raise BadInput(f"`{file}` is not taken in: {problem}") from None


async def _export() -> int:
    async with Interlock.open() as il:
        seal = il.seal
        exported = body(await il.log.all_memory(), origin=seal.origin, key=seal.verifier, at=il.clock.now())
        sys.stdout.buffer.write(exported + closing_line(seal.sign(SIGNED_AS + exported)))
        sys.stdout.buffer.flush()
        return 0


async def _take_in(export: Export, of: str | None) -> int:
    header = export.header
    if of is None:
        raise BadExport(
            f"it says it is from `{one_line(header.key)}`; if `interlock audit show` prints that key there, "
            "say so with `--from KEY`"
        )
    if of.partition("+")[0] != header.origin or not is_signed_by(of, SIGNED_AS + export.signed, export.signature):
        raise BadExport(f"`{one_line(of)}` did not sign it as it is; get it anew from where it was exported")
    async with Interlock.open() as il:
        if header.origin == il.seal.origin:
            raise BadExport("it is this store's own, which remembers all of it already")
        refuse_older(header, await il.log.all_memory())
        count = await il.log.take_in(export.records, origin=header.origin)
        print(f"took in {count} record{'s' if count != 1 else ''} from {one_line(header.origin)}")
        return 0


async def _show(limit: int, as_json: bool) -> int:
    async with Interlock.open() as il:
        remembered = await il.log.remembered(limit=limit)
        if as_json:
            for one in remembered:
                low, high = interval(one.counted_wins, one.counted_tries)
                chance = {"chance": confidence(one.counted_wins, one.counted_tries), "between": (low, high)}
                write(msgspec.json.encode(msgspec.to_builtins(one) | chance))
        else:
            print_memory(console_for(sys.stdout), remembered, il.clock.now())
        return 0


async def _forget(fingerprint: str, fix: str | None) -> int:
    async with Interlock.open() as il:
        count = await il.log.forget(fingerprint, fix)
        if not count:
            raise BadInput(f"nothing is remembered of `{fingerprint}`; `interlock memory show` lists the fingerprints")
        print(f"forgot {count} record{'s' if count != 1 else ''}")
        return 0
