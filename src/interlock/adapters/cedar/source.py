"""Policy files: read, cut into policies, named by their `@id`, and checked against the schema before any is used."""

import difflib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

import cedarpy
from cedarpy import pst
from msgspec import Struct

from interlock.core.policy import Risk

HERE = Path(__file__).parent
STARTER = HERE / "starter"
SCHEMA = HERE / "schema.cedarschema"
ANNOTATIONS = ("id", "words", "risk", "violation")
ENTITIES = ("User", "Role", "Workspace", "Action")
RESERVED = ("bad-request", "no-permit", "policy-error")
TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|;')
BLANK = re.compile(r"(?:\s|//[^\n]*)*")
NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*")


class Problem(Struct, frozen=True, kw_only=True):
    """What is wrong with a policy file, and where. `line` counts from 1."""

    file: str
    line: int
    words: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.words}"


class PolicyUnusable(Exception):
    """The policies can't be used, so nothing may run; each problem names file, line and what to do."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in problems))


class Policy(Struct, frozen=True, kw_only=True):
    """One policy as read from a file, under the name that its `@id` gives it."""

    id: str
    file: str
    line: int
    text: str
    tree: pst.Template

    @property
    def permits(self) -> bool:
        """Whether it is a permit (else a forbid)."""
        return self.tree.effect == "permit"

    @property
    def words(self) -> str:
        """The sentence that a person reads."""
        return self.tree.annotations.get("words") or f"policy `{self.id}`"

    @property
    def violates(self) -> bool:
        """Whether the attempt alone ends the session."""
        return "violation" in self.tree.annotations

    @property
    def risk(self) -> Risk:
        """What a person is asked about when approval lifts it."""
        said = self.tree.annotations.get("risk")
        return next((risk for risk in get_args(Risk) if risk == said), "asked_by_person")


class Policies(Struct, frozen=True, kw_only=True):
    """A usable set: every policy by its id, and the schema that all of them fit."""

    by_id: dict[str, Policy]
    schema: cedarpy.Schema


def load(folders: Sequence[Path]) -> Policies:
    """Read every `*.cedar` and `*.cedarschema` of the folders. Raises PolicyUnusable with all that is wrong."""
    policies, schema, problems = _read(folders)
    if problems or schema is None:
        raise PolicyUnusable(problems)
    return Policies(by_id={policy.id: policy for policy in policies}, schema=schema)


def check(folders: Sequence[Path] = ()) -> list[Problem]:
    """Everything that would keep these folders' policies, together with the starter set, from being used."""
    return _read((STARTER, *folders))[2]


def handle(trees: Sequence[pst.Template]) -> cedarpy.PolicySet:
    """The parsed policies, so that Cedar's reasons are the trees' own ids and not positions."""
    named = pst.PolicySet(templates={}, static_policies={tree.id: tree for tree in trees}, template_links=())
    return cedarpy.PolicySet.from_pst(named)


def _read(folders: Sequence[Path]) -> tuple[list[Policy], cedarpy.Schema | None, list[Problem]]:
    problems = [
        Problem(file=str(folder), line=1, words="there is no such folder of policies; create it or name another")
        for folder in folders
        if not folder.is_dir()
    ]
    schema = _read_schema(folders, problems)
    policies = [
        policy for folder in folders for file in sorted(folder.glob("*.cedar")) for policy in _read_file(file, problems)
    ]
    problems += _doubles(policies)
    if schema is not None:
        problems += _misfits(policies, schema)
    return policies, schema, problems


def _read_schema(folders: Sequence[Path], problems: list[Problem]) -> cedarpy.Schema | None:
    text = SCHEMA.read_text("utf-8")
    schema: cedarpy.Schema | None = cedarpy.Schema.from_str(text)
    for file in (file for folder in folders for file in sorted(folder.glob("*.cedarschema"))):
        try:
            text = f"{text}\n{file.read_text('utf-8')}"
            schema = cedarpy.Schema.from_str(text)
        except (OSError, ValueError) as error:
            problems.append(Problem(file=str(file), line=1, words=f"the schema does not fit: {error}; correct it"))
            return None
    return schema


def _read_file(file: Path, problems: list[Problem]) -> list[Policy]:
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problems.append(Problem(file=str(file), line=1, words=f"it can't be read ({error}); make it readable UTF-8"))
        return []
    found = []
    for line, part in _parts(text):
        policy = _parse(file, line, part)
        if isinstance(policy, Problem):
            problems.append(policy)
        else:
            found.append(policy)
            problems += _faults(policy)
    return found


def _parts(text: str) -> Iterator[tuple[int, str]]:
    """The policies of a file with the line on which each starts: cut after each `;` outside strings and comments."""
    ends = [token.end() for token in TOKEN.finditer(text) if token.group() == ";"]
    for start, end in zip([0, *ends], [*ends, len(text)], strict=True):
        blank = BLANK.match(text, start, end)
        begin = blank.end() if blank else start
        if begin < end:
            yield text.count("\n", 0, begin) + 1, text[begin:end]


def _parse(file: Path, line: int, text: str) -> Policy | Problem:
    try:
        parsed = cedarpy.PolicySet.from_str(text).to_pst()
    except ValueError as error:
        return Problem(file=str(file), line=line, words=f"the policy that starts here can't be read: {error}; fix it")
    if not parsed.static_policies:
        words = "templates (`?principal`, `?resource`) are not supported; write the principal or resource out"
        return Problem(file=str(file), line=line, words=words)
    tree = next(iter(parsed.static_policies.values()))
    name = tree.annotations.get("id", "")
    if not NAME.fullmatch(name) or name in RESERVED:
        words = f"`@id({name!r})` can't name a policy" if name else "the policy has no `@id`"
        words = f'{words}; put `@id("a-short-name")` of small letters, digits, `-`, `_` and `.` before it'
        return Problem(file=str(file), line=line, words=words)
    named = pst.Template(name, tree.effect, tree.principal, tree.action, tree.resource, tree.clauses, tree.annotations)
    return Policy(id=name, file=str(file), line=line, text=text, tree=named)


def _faults(policy: Policy) -> Iterator[Problem]:
    """Annotations that would silently mean nothing."""
    said = policy.tree.annotations
    for name in said.keys() - set(ANNOTATIONS):
        if near := difflib.get_close_matches(name, ANNOTATIONS, n=1, cutoff=0.7):
            yield _at(policy, f"`@{name}` means nothing here; did you mean `@{near[0]}`")
    if "risk" in said and said["risk"] not in get_args(Risk):
        yield _at(policy, f"`@risk` knows no `{said['risk']}`; use one of {', '.join(get_args(Risk))}")
    for uid in pst.entity_uids(policy.tree):
        if str(uid.type) not in ENTITIES:
            yield _at(policy, f"`{uid}` is never there when acts are judged; name a {', '.join(ENTITIES)}")
    if policy.permits and policy.violates:
        yield _at(policy, "a permit can't be a `@violation`; make it a forbid or drop the annotation")


def _doubles(policies: Sequence[Policy]) -> Iterator[Problem]:
    first: dict[str, Policy] = {}
    for policy in policies:
        other = first.setdefault(policy.id, policy)
        if other is not policy:
            yield _at(policy, f"`{policy.id}` is already the name of a policy ({other.file}:{other.line}); rename it")


def _misfits(policies: Sequence[Policy], schema: cedarpy.Schema) -> Iterator[Problem]:
    result = cedarpy.validate_policies("\n".join(policy.text for policy in policies), schema)
    for error in result.errors:
        policy = policies[int(error.policy_id.removeprefix("policy"))]
        words = error.error.replace(f"for policy `{error.policy_id}`, ", "")
        yield _at(
            policy, f"`{policy.id}` does not fit the schema: {words}; correct it or declare it in a *.cedarschema"
        )


def _at(policy: Policy, words: str) -> Problem:
    return Problem(file=policy.file, line=policy.line, words=words)
