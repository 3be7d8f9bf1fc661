"""Policy tests as files: in `*.test.toml`, each case is a request and the verdict that is expected of it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from interlock.adapters.cedar.authorizer import CedarAuthorizer
from interlock.adapters.cedar.source import STARTER, PolicyUnusable, Problem
from interlock.core.plan import Act, Effects
from interlock.core.policy import Quote, Request, Verdict

Effect = Literal["reads", "writes", "network", "destructive", "reversible", "idempotent"]


class Case(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One case as written: a request with plain defaults, and what is expected. Money in micro-dollars.

    `effects` lists all that hold. `because` names policies that must be among the verdict's reasons.
    """

    says: str
    expect: Literal["allowed", "withheld", "denied", "violation"]
    because: tuple[str, ...] = ()
    skill: str = "files.read"
    arguments: dict[str, Any] = {}
    effects: tuple[Effect, ...] = ("reads", "reversible")
    paths: tuple[str, ...] = ()
    workspace: str = "/workspace"
    principal: str = "someone"
    roles: tuple[str, ...] = ()
    agent: str = "executor"
    grants: tuple[str, ...] = ("*",)
    never: tuple[str, ...] = ()
    ask_before: tuple[str, ...] = ()
    declared: bool = False
    approved: bool = False
    worst: int | Literal["unknown"] = 0
    spent: int = 0

    def request(self) -> Request:
        """The request that the case describes."""
        effects = Effects(**{name: name in self.effects for name in Effects.__struct_fields__})
        return Request(
            principal=self.principal,
            roles=self.roles,
            act=Act(skill=self.skill, arguments=self.arguments),
            quote=Quote(
                effects=effects,
                worst=None if self.worst == "unknown" else self.worst,
                declared=self.declared,
                network=effects.network,
            ),
            workspace=self.workspace,
            session="policy-test",
            agent=self.agent,
            paths=self.paths,
            grants=self.grants,
            never=self.never,
            ask_before=self.ask_before,
            approved=self.approved,
            spent=self.spent,
        )


class Cases(Struct, frozen=True, forbid_unknown_fields=True):
    """A file of cases."""

    case: tuple[Case, ...]


class Tried(Struct, frozen=True, kw_only=True):
    """A case that was tried: its file, what it says, the verdict, and what is wrong with it (empty: it holds)."""

    file: str
    says: str
    verdict: Verdict
    wrong: str = ""


def try_cases(folder: Path, folders: Sequence[Path] = ()) -> tuple[Tried, ...]:
    """Try every case of the folder's `*.test.toml` on the starter policies, `folders` and the folder's own.

    Raises PolicyUnusable when a policy or a test file can't be read.
    """
    policies = dict.fromkeys([*folders, folder])
    authorizer = CedarAuthorizer.load([one for one in policies if one.resolve() != STARTER.resolve()])
    return tuple(_try(authorizer, file, case) for file in sorted(folder.glob("*.test.toml")) for case in _cases(file))


def _cases(file: Path) -> tuple[Case, ...]:
    try:
        return msgspec.toml.decode(file.read_bytes(), type=Cases).case
    except (OSError, msgspec.DecodeError, ValueError) as error:
        words = f"the cases can't be read: {error}; correct it"
        raise PolicyUnusable([Problem(file=str(file), line=1, words=words)]) from error


def _try(authorizer: CedarAuthorizer, file: Path, case: Case) -> Tried:
    verdict = authorizer.judge(case.request())
    came = "violation" if verdict.violation else verdict.outcome
    wrong = []
    if came != case.expect:
        wrong.append(f"expected `{case.expect}`, came out as `{came}`")
    if missing := set(case.because) - set(verdict.because):
        wrong.append(f"not because of {', '.join(f'`{name}`' for name in sorted(missing))}")
    words = f"{' and '.join(wrong)}: {verdict.words}" if wrong else ""
    return Tried(file=str(file), says=case.says, verdict=verdict, wrong=words)
