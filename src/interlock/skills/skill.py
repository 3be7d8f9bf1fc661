"""What a built-in skill consists of, and the scene in which it performs."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

from msgspec import Struct

from interlock.core.plan import Check, Effects, Workspace
from interlock.core.policy import Quote
from interlock.ports import Sandbox, Services, SkillResult, Snapshots, Surroundings


class Scene(Struct, frozen=True, kw_only=True):
    """Everything a skill may use: its workspace, the sandbox, the services, a private cache folder, its session.

    `quote` is what the gate was told of this very act, `check` the declared check that it is, and `snapshots` what is
    kept of the workspace, where anything is.
    """

    workspace: Workspace
    sandbox: Sandbox
    services: Services
    cache: Path
    around: Surroundings
    quote: Quote
    snapshots: Snapshots | None = None
    check: Check | None = None

    @property
    def network(self) -> bool:
        """Whether the act may reach the network."""
        return self.quote.network or self.around.network


A = TypeVar("A")


def _as_given(arguments: A, workspace: Workspace) -> A:
    return arguments


def _names_nothing(arguments: Any) -> tuple[str, ...]:
    return ()


class Skill(Struct, Generic[A], frozen=True, kw_only=True):
    """A skill: its arguments, its effects at worst, and how it is performed.

    `settle` makes arguments canonical (raises BadArguments), `paths` lists the absolute paths in canonical ones, and
    `quote` prices them where they are not all alike. `schema` describes arguments that are no struct of ours.
    A `bounded` one changes nothing but what stands at its paths.
    """

    name: str
    summary: str
    arguments: type[A]
    effects: Effects
    perform: Callable[[A, Scene], Awaitable[SkillResult]]
    settle: Callable[[A, Workspace], A] = _as_given
    paths: Callable[[A], tuple[str, ...]] = _names_nothing
    quote: Callable[[A, Workspace], Quote | None] | None = None
    network: bool = False
    bounded: bool = False
    timeout: float = 600.0
    schema: dict[str, Any] | None = None


class Arguments(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Arguments of a skill: what is not listed is refused."""
