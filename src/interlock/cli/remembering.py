"""Operational memory: what was learned of fixes, how sure it is, and forgetting it."""

import asyncio
import sys
from typing import Annotated

import msgspec
from cyclopts import Parameter

from interlock.bootstrap import Interlock
from interlock.cli.failing import BadInput, bounded
from interlock.cli.render.console import console_for, write
from interlock.cli.render.tables import print_memory
from interlock.core.learning import confidence, interval

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
    """Write all of memory as JSON, one record a line.

    Example: `interlock memory export > memory.jsonl`
    """
    return asyncio.run(_export())


async def _export() -> int:
    async with Interlock.open() as il:
        for one in await il.log.all_memory():
            if not one.forgotten:
                write(msgspec.json.encode(one))
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
