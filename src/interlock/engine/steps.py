"""The parts of a turn, put together: what the loop asks for."""

from interlock.core.events import ApprovalRequested, StepReviewed, StepTaken
from interlock.engine.hooks import Reviewer
from interlock.engine.questions import Questions
from interlock.engine.session import Session
from interlock.engine.step import Stepper


class TurnSteps:
    """A stepper, a reviewer and the questions, as one."""

    def __init__(self, stepper: Stepper, reviewer: Reviewer, questions: Questions) -> None:
        self._stepper = stepper
        self._reviewer = reviewer
        self._questions = questions

    async def perform_step(self, session: Session) -> StepTaken:
        """Propose, admit, act."""
        return await self._stepper.perform_step(session)

    async def run_post_step_hooks(self, session: Session) -> StepReviewed:
        """Check, recall, learn."""
        return await self._reviewer.run_post_step_hooks(session)

    async def ask_human(self, session: Session) -> ApprovalRequested:
        """Ask a person."""
        return await self._questions.ask_human(session)
