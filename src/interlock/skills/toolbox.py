"""The toolbox: the built-in skills of one workspace, described, made canonical, quoted and performed."""

import os
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from interlock.core.plan import Act, Check, Workspace
from interlock.core.policy import Quote, quote_of
from interlock.ports import BadArguments, Manifest, Sandbox, Services, SkillResult, Snapshots, Surroundings
from interlock.skills.command import COMMAND
from interlock.skills.database import DATABASE
from interlock.skills.files import FILES
from interlock.skills.git import GIT
from interlock.skills.git_lock import GIT_LOCK
from interlock.skills.http import HTTP
from interlock.skills.locks import LOCKS
from interlock.skills.look import LOOK
from interlock.skills.masking import masked, secrets_of
from interlock.skills.packages import PACKAGES
from interlock.skills.process import PROCESS
from interlock.skills.skill import Scene, Skill
from interlock.skills.undo import UNDO

BUILT_IN: tuple[Skill[Any], ...] = (
    *COMMAND,
    *FILES,
    *PACKAGES,
    *LOCKS,
    *GIT,
    *GIT_LOCK,
    *HTTP,
    *PROCESS,
    *DATABASE,
    *LOOK,
    *UNDO,
)
# every name that an entry of the catalogue may call a skill by: which tools there are is the workspace's affair
NAMES = (*(skill.name for skill in BUILT_IN), "mcp.*")


class Toolbox:
    """The skills that a workspace allows. `allow` holds names and patterns such as `files.*`, `cache` is private.

    `closed` folders are Interlock's own: no act may name a path in them, even where they lie in the workspace.
    """

    def __init__(
        self,
        workspace: Workspace,
        sandbox: Sandbox,
        services: Services,
        *,
        cache: Path,
        allow: Sequence[str] | None = None,
        more: Sequence[Skill[Any]] = (),
        closed: Sequence[Path] = (),
        snapshots: Snapshots | None = None,
    ) -> None:
        patterns = tuple(workspace.skills if allow is None else allow)
        self._skills = {skill.name: skill for skill in (*BUILT_IN, *more)}
        self._allowed = tuple(name for name in self._skills if any(fnmatchcase(name, pattern) for pattern in patterns))
        self._workspace = workspace
        self._sandbox = sandbox
        self._services = services
        self._cache = cache
        self._snapshots = snapshots
        self._closed = tuple(f"{os.path.realpath(folder)}/" for folder in closed)

    def manifests(self) -> Sequence[Manifest]:
        """What each allowed skill is."""
        return tuple(_manifest(self._skills[name]) for name in self._allowed)

    def canonical(self, act: Act) -> tuple[Act, tuple[str, ...]]:
        """The act with checked, canonical arguments, and the absolute paths it names. Raises BadArguments."""
        settled, paths = self._settled(act)
        if act.skill not in self._allowed and self._check(settled) is None:
            raise BadArguments(self._not_here(act.skill))
        if own := next((path for path in paths if f"{path}/".startswith(self._closed)), None):
            raise BadArguments(f"`{own[:200]}` lies in interlock's own folder, which no act may reach")
        return settled, paths

    def quote(self, act: Act) -> Quote:
        """Effects, worst cost and timeout of this canonical act: as declared, where a person declared it."""
        if (check := self._check(act)) is not None:
            return quote_of(check, self._workspace)
        skill = self._skill(act.skill)
        quoted = skill.quote(_understood(act, skill), self._workspace) if skill.quote is not None else None
        quoted = quoted or Quote(effects=skill.effects, timeout=skill.timeout, network=skill.network)
        return replace(quoted, bounded=skill.bounded)

    async def call(self, act: Act, around: Surroundings) -> SkillResult:
        """Perform this canonical act, exactly as it stands; its output is masked."""
        skill = self._skill(act.skill)
        scene = Scene(
            workspace=self._workspace,
            sandbox=self._sandbox,
            services=self._services,
            cache=self._cache,
            around=around,
            quote=self.quote(act),
            snapshots=self._snapshots,
            check=self._check(act),
        )
        result = await skill.perform(_understood(act, skill), scene)
        return replace(result, output=masked(result.output, secrets_of(os.environ)))

    async def tidy(self, session: str) -> None:
        """Stop the services that the session left running."""
        await self._services.stop(session)

    def _skill(self, name: str) -> Skill[Any]:
        if (skill := self._skills.get(name)) is None:
            raise BadArguments(self._not_here(name))
        return skill

    def _check(self, act: Act) -> Check | None:
        """The declared check that this canonical act is."""
        named = (act.skill, act.arguments.get("check"))
        alike = (it for it in self._workspace.checks if (it.act.skill, it.act.arguments.get("check")) == named)
        return next((check for check in alike if self._settled(check.act)[0] == act), None)

    def _settled(self, act: Act) -> tuple[Act, tuple[str, ...]]:
        skill = self._skill(act.skill)
        arguments = skill.settle(_understood(act, skill), self._workspace)
        return Act(skill=skill.name, arguments=_plain(arguments)), skill.paths(arguments)

    def _not_here(self, name: str) -> str:
        allowed = ", ".join(f"`{known}`" for known in self._allowed) or "none"
        hint = "; `interlock mcp list` says which tools are approved" if name.startswith("mcp.") else ""
        return f"no skill `{name[:80]}` here; allowed are {allowed}{hint}"


def misfit(skill: str, arguments: Mapping[str, Any]) -> str:
    """What is wrong with the arguments of a built-in skill; empty when they fit, and for tools, judged when used."""
    known = next((each for each in BUILT_IN if each.name == skill), None)
    try:
        if known is not None:
            _understood(Act(skill=skill, arguments=dict(arguments)), known)
    except BadArguments as problem:
        return str(problem)
    return ""


def _understood(act: Act, skill: Skill[Any]) -> Any:
    try:
        return msgspec.convert(act.arguments, skill.arguments)
    except msgspec.ValidationError as error:
        known = ", ".join(f"`{field}`" for field in getattr(skill.arguments, "__struct_fields__", ())) or "none"
        said = str(error)
        raise BadArguments(
            f"arguments of `{skill.name}` do not fit: {said[:1].lower()}{said[1:]}; it takes {known}"
        ) from error


def _plain(arguments: Any) -> dict[str, Any]:
    """As JSON has them, so that what comes back from the log is equal; what a struct leaves open is left out."""
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(arguments))
    return {name: value for name, value in plain.items() if value is not None or not isinstance(arguments, Struct)}


def _manifest(skill: Skill[Any]) -> Manifest:
    return Manifest(
        name=skill.name,
        summary=skill.summary,
        schema=skill.schema if skill.schema is not None else msgspec.json.schema(skill.arguments),
        effects=skill.effects,
        timeout=skill.timeout,
    )
