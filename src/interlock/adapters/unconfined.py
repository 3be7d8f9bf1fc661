"""The recorded opt-out: the same limits, clock and cleared environment, but no sandbox around the command."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from interlock.adapters.children import Plan, Unstartable, environment, find, refused, run
from interlock.core.programs import Command, Ran


class Unconfined:
    """Runs commands with the rights of this user: every file and the network are within their reach."""

    def problem(self) -> str | None:
        """Never one: nothing is asked of the kernel."""
        return None

    def plan(self, command: Command) -> Plan:
        """Start as it is; the keeper ends whatever the command leaves behind. Raises Unstartable."""
        env = environment(command, str(Path.home()))
        program = find(command, env["PATH"])
        return Plan(argv=(program, *command.argv[1:]), env=env, cwd=command.cwd)

    async def run(
        self,
        command: Command,
        *,
        on_output: Callable[[str], None] | None = None,
        stop: asyncio.Event | None = None,
    ) -> Ran:
        """Run to the end, the timeout or the stop; a program that is not there is `unstartable`."""
        try:
            return await run(self.plan(command), command, on_output, stop)
        except Unstartable as error:
            return refused(str(error))
