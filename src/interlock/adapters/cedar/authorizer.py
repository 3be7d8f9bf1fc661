"""The authorizer: asks Cedar, trusts an answer only if nothing went wrong on the way, and says it in words."""

from collections.abc import Hashable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import cedarpy
import msgspec
from msgspec import Struct
from msgspec.structs import astuple, replace

from interlock.adapters.cedar import facts
from interlock.adapters.cedar.nearest import Nearest
from interlock.adapters.cedar.source import STARTER, Policies, Policy, handle, load
from interlock.core.policy import Request, Verdict

VERDICTS_KEPT = 1024


class Answer(Struct, frozen=True):
    """What Cedar said: the ids of the policies that decided, and those that could not be evaluated."""

    allowed: bool
    fired: tuple[str, ...]
    errors: tuple[str, ...]


class Question(Struct, frozen=True):
    """A request as Cedar is asked it; `context` is JSON and holds only what some policy reads."""

    principal: str
    roles: tuple[str, ...]
    skill: str
    workspace: str
    context: str

    def shaped(self) -> dict[str, Any]:
        """In the shape that cedarpy takes."""
        return {
            "principal": {"type": "User", "id": self.principal},
            "action": {"type": "Action", "id": self.skill},
            "resource": {"type": "Workspace", "id": self.workspace},
            "context": self.context,
        }


class CedarAuthorizer:
    """Judges acts by the starter policies and an organisation's own. Handles are parsed once; judging does no I/O."""

    def __init__(self, policies: Policies) -> None:
        trees = [policy.tree for policy in policies.by_id.values()]
        self._policies = policies.by_id
        self._handle = handle(trees)
        self._nearest = Nearest([policy for policy in policies.by_id.values() if policy.permits])
        self._known = facts.known(trees, policies.schema)
        self._entities = lru_cache(maxsize=256)(self._load_entities)
        self._ask = lru_cache(maxsize=1024)(self._answer)
        self._verdicts: dict[Hashable, Verdict] = {}

    @classmethod
    def load(cls, folders: Sequence[Path] = (), *, starter: bool = True) -> "CedarAuthorizer":
        """The starter policies (unless switched off) and every `*.cedar` of the folders. Raises PolicyUnusable."""
        return cls(load((STARTER, *folders) if starter else tuple(folders)))

    def judge(self, request: Request) -> Verdict:
        """The verdict on one act. Never raises: what can't be judged is denied."""
        try:
            asked = _key(self._without_unread(request))
            if asked not in self._verdicts:
                if len(self._verdicts) >= VERDICTS_KEPT:
                    self._verdicts.clear()
                self._verdicts[asked] = self._judge(request)
            return self._verdicts[asked]
        except facts.BadRequest as problem:
            return Verdict(outcome="denied", because=("bad-request",), words=str(problem))
        except Exception as problem:
            return _unjudged(str(problem))

    def explain(self, request: Request) -> tuple[str, ...]:
        """Lines that say the verdict, which policies fired and where they stand, and which permits were nearest."""
        verdict = self.judge(request)
        head = f"{verdict.outcome}: {verdict.words}"
        try:
            asked = [self._question(request, approved=approved) for approved in (False, True)]
            lines = [line for question in asked for line in self._account(question, question is asked[1])]
            near = () if verdict.outcome == "allowed" else self._near(asked[0])
        except Exception as problem:
            return (head, f"nothing was asked: {problem}")
        return (head, *lines, *near)

    def _without_unread(self, request: Request) -> Request:
        """A session asks the same about its checks in every turn; a spend that no policy reads makes no difference."""
        reads = {"spent", "*"} & {*self._known.read}
        sound = type(request.spent) is int and 0 <= request.spent <= facts.LONG
        return replace(request, spent=0) if sound and not reads else request

    def _judge(self, request: Request) -> Verdict:
        question = self._question(request, approved=request.approved)
        answer = self._ask(question)
        # INVARIANT: errors are looked at before `allowed`, since Cedar skips a forbid that errors and then allows.
        if answer.errors:
            return self._stumbled(answer)
        if answer.allowed:
            return Verdict(outcome="allowed", because=answer.fired, words=self._say(request.act.skill, answer.fired))
        if request.approved or self._violates(answer):
            return self._denied(question, answer)
        return self._judge_approved(request, answer)

    def _judge_approved(self, request: Request, before: Answer) -> Verdict:
        """Asked a second time, as if a person had approved it: the policies that flip are the reason to ask one."""
        question = self._question(request, approved=True)
        after = self._ask(question)
        if after.errors:
            return self._stumbled(after)
        if not after.allowed:
            return self._denied(question, after)
        flipped = before.fired or after.fired
        return Verdict(
            outcome="withheld",
            because=flipped,
            words=self._say(request.act.skill, flipped),
            risks=tuple(dict.fromkeys(self._policies[name].risk for name in flipped)),
        )

    def _denied(self, question: Question, answer: Answer) -> Verdict:
        if not answer.fired:
            words = "; ".join([f"`{question.skill}`: no policy allows it", *self._near(question)])
            return Verdict(outcome="denied", because=("no-permit",), words=words)
        words = self._say(question.skill, answer.fired)
        return Verdict(outcome="denied", because=answer.fired, words=words, violation=self._violates(answer))

    def _stumbled(self, answer: Answer) -> Verdict:
        forbids = tuple(name for name in answer.fired if not self._policies[name].permits)
        return _unjudged("; ".join(answer.errors), forbids, violation=self._violates(answer))

    def _question(self, request: Request, *, approved: bool) -> Question:
        """INVARIANT: the two questions about an act differ in `approved` alone."""
        context = msgspec.json.encode(facts.told(request, self._known, approved=approved))
        return Question(request.principal, request.roles, request.act.skill, request.workspace, context.decode())

    def _load_entities(self, principal: str, roles: tuple[str, ...], skill: str, workspace: str) -> cedarpy.Entities:
        return facts.entities(principal, roles, skill, workspace, self._known)

    def _there(self, question: Question) -> cedarpy.Entities:
        return self._entities(question.principal, question.roles, question.skill, question.workspace)

    def _answer(self, question: Question) -> Answer:
        result = cedarpy.is_authorized(question.shaped(), self._handle, self._there(question))
        said = result.diagnostics
        return Answer(result.allowed, tuple(sorted(said.reasons)), tuple(said.errors))

    def _near(self, question: Question) -> tuple[str, ...]:
        return self._nearest.sentences(question.shaped(), self._there(question))

    def _violates(self, answer: Answer) -> bool:
        return any(self._policies[name].violates for name in answer.fired)

    def _say(self, skill: str, names: Sequence[str]) -> str:
        return f"`{skill}`: {'; '.join(self._policies[name].words for name in names)}"

    def _account(self, question: Question, approved: bool) -> list[str]:
        answer = self._ask(question)
        when = "approved" if approved else "as it stands"
        fired = [f"{when}: {_place(self._policies[name])}" for name in answer.fired] or [f"{when}: no policy fires"]
        return [*fired, *(f"{when}: {error}" for error in answer.errors)]


def _key(request: Request) -> Hashable:
    """Its bytes, and its types where the bytes are alike (a list is no tuple)."""
    return msgspec.json.encode(request), *map(type, astuple(request))


def _place(policy: Policy) -> str:
    effect = "permit" if policy.permits else "forbid"
    return f"{effect} `{policy.id}` ({policy.file}:{policy.line}): {policy.words}"


def _unjudged(said: str, forbids: tuple[str, ...] = (), *, violation: bool = False) -> Verdict:
    words = f"the policies could not be judged, so the act is denied: {said}"
    return Verdict(outcome="denied", because=("policy-error", *forbids), words=words, violation=violation)
