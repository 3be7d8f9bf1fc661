"""A user's own guard: a program that hears every act before it runs, and may only add risk."""

import asyncio
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from interlock.core.policy import Request, Verdict


class Answer(Struct, frozen=True, forbid_unknown_fields=True):
    """What the program prints: `allow` objects to nothing, `ask` wants a person, `deny` refuses."""

    verdict: Literal["allow", "ask", "deny"]
    words: str = ""


class ProgramGuard:
    """Runs a program for each act: the request is its input, as JSON, and its answer is one JSON object."""

    def __init__(self, program: Path) -> None:
        self._program = program

    async def judge(self, request: Request) -> Verdict:
        """The program's word. Raises whatever keeps it from answering; the gate then withholds the act."""
        process = await asyncio.create_subprocess_exec(
            self._program,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            said, _ = await process.communicate(msgspec.json.encode(request))
        finally:
            if process.returncode is None:
                process.kill()
        if process.returncode != 0:
            raise RuntimeError(f"`{self._program.name}` ended with exit code {process.returncode}")
        return _verdict(self._program.name, said)


def _verdict(name: str, said: bytes) -> Verdict:
    try:
        answer = msgspec.json.decode(said, type=Answer)
    except msgspec.DecodeError as problem:
        raise ValueError(f"`{name}` answered what is no verdict: {problem}") from problem
    match answer.verdict:
        case "allow":
            return Verdict(outcome="allowed")
        case "ask":
            return Verdict(outcome="withheld", because=("guard",), risks=("asked_by_person",), words=answer.words)
        case "deny":
            return Verdict(outcome="denied", because=("guard",), words=answer.words or f"`{name}` refuses it")
