"""What people approved of MCP servers: one file for each server of a workspace, outside of every workspace."""

import hashlib
import os
import tempfile
from pathlib import Path

import msgspec

from interlock.core.tools import Approval
from interlock.ports import StoreUnusable


class Approvals:
    """The files of a folder. One that can't be read approves nothing, and is told."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, workspace: str, server: str) -> Approval | None:
        """What was approved of the server, or None. Raises StoreUnusable."""
        file = self._file(workspace, server)
        try:
            approval = msgspec.json.decode(file.read_bytes(), type=Approval)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as problem:
            raise StoreUnusable(
                f"`{file}` can't be read ({problem}); remove it, and approve the server again"
            ) from None
        return approval if (approval.workspace, approval.server.name) == (workspace, server) else None

    def write(self, approval: Approval) -> None:
        """Keep it, durably, in place of what was approved before. Raises StoreUnusable."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor, fresh = tempfile.mkstemp(dir=self._folder)  # readable by this account alone
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(approval)) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            Path(fresh).replace(self._file(approval.workspace, approval.server.name))
        except OSError as problem:
            words = f"`{self._folder}` can't be written ({problem.strerror}); make room or fix its mode"
            raise StoreUnusable(words) from problem

    def forget(self, workspace: str, server: str) -> bool:
        """Withdraw what was approved; False where nothing was."""
        try:
            self._file(workspace, server).unlink()
        except FileNotFoundError:
            return False
        return True

    def _file(self, workspace: str, server: str) -> Path:
        return self._folder / f"{server}-{hashlib.sha256(workspace.encode()).hexdigest()[:16]}.json"
