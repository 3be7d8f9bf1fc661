"""The undoer: in a session that undoes another one, it proposes exactly what that session's check asks for."""

from collections.abc import Sequence

from interlock.core.plan import Act, Proposal
from interlock.core.state import State


class Undoer:
    """Proposes what was planned; in every other session nothing."""

    name = "undoer"

    async def propose(self, state: State) -> Sequence[Proposal]:
        """To put back what the check wants to see as before."""
        asked = next((check.act for check in state.workspace.checks if check.act.skill == "undo.verify"), None)
        if asked is None:
            return ()
        return [
            Proposal(
                act=Act(skill="undo.restore", arguments=asked.arguments),
                agent=self.name,
                why=f"`{asked.arguments['session']}` is to be undone",
                expects="the workspace is as it was before, as far as it was kept",
                confidence=0.9,
            )
        ]
