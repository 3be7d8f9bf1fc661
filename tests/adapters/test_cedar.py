"""Policy by Cedar: deny by default, an error never allows, and every answer says in words why."""

import json
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import cedarpy
import pytest
from msgspec.structs import replace

from interlock.adapters.cedar import STARTER, check, facts, try_cases
from interlock.adapters.cedar.source import SCHEMA
from interlock.core.plan import Act, Effects
from interlock.core.policy import Request
from interlock.skills.toolbox import BUILT_IN
from judged import DESTROY, LONG, STARTERS, WRITE, effect, make_request, organisation

# --- the starter policies -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("tried", try_cases(STARTER), ids=lambda tried: tried.says)
def test_the_starter_policies_do_what_their_cases_say(tried: Any) -> None:
    assert tried.wrong == ""


def test_the_starter_policies_have_no_problem() -> None:
    assert check() == []


def test_every_starter_policy_speaks_to_a_person() -> None:
    assert [policy.id for policy in STARTERS._policies.values() if not policy.tree.annotations.get("words")] == []


BASES = [
    make_request(),
    make_request("files.write", WRITE),
    make_request("packages.sync", Effects(writes=True, network=True)),
    make_request("command.run", WRITE, declared=True),
    make_request("command.run", declared=True, agent="check", grants=()),
    make_request("files.remove", DESTROY, approved=True),
]
DANGERS: list[Callable[[Request], Request]] = [
    lambda request: effect(request, destructive=True),
    lambda request: effect(request, network=True),
    lambda request: effect(request, writes=True, reversible=False),
    lambda request: replace(request, paths=("/srv/x",)),
    lambda request: replace(request, paths=("/etc/shadow",)),
    lambda request: replace(request, paths=("/w/.ssh/id",)),
    lambda request: replace(request, grants=()),
    lambda request: replace(request, quote=replace(request.quote, worst=None)),
    lambda request: replace(request, ask_before=("act:anything",)),
    lambda request: replace(request, never=("act:anything",)),
    lambda request: replace(request, act=Act(skill="git.push", arguments={"force": True})),
    lambda request: replace(request, quote=replace(request.quote, declared=False)),
]


@pytest.mark.parametrize("base", BASES, ids=lambda request: request.act.skill)
def test_the_permits_alone_allow_nothing_that_a_forbid_keeps_from_happening(tmp_path: Path, base: Request) -> None:
    """Cedar skips a forbid that errors, so the safety conditions stand in the permits too."""
    alone = organisation(tmp_path, (STARTER / "allow.cedar").read_text(), starter=False)
    assert alone.judge(base).outcome == "allowed"
    for one, other in product(DANGERS, DANGERS):
        request = one(other(base))
        assert alone.judge(request).outcome != "allowed" or STARTERS.judge(request).outcome == "allowed"


# --- errors never allow -------------------------------------------------------------------------------------------


def test_a_forbid_that_overflows_denies(tmp_path: Path) -> None:
    ours = organisation(
        tmp_path,
        '@id("house-limit") forbid (principal, action, resource)'
        " when { context has worst && context.spent + context.worst > 100000000 };",
    )
    assert ours.judge(make_request(spent=90_000_000, worst=1)).outcome == "allowed"
    verdict = ours.judge(make_request(spent=LONG, worst=LONG))
    assert (verdict.outcome, verdict.because) == ("denied", ("policy-error",))
    assert "house-limit" in verdict.words


def test_an_overflow_that_only_approval_reaches_denies_instead_of_withholding(tmp_path: Path) -> None:
    ours = organisation(
        tmp_path,
        '@id("sum") forbid (principal, action, resource) when'
        " { context.approved && context has worst && context.spent + context.worst < 0 };",
    )
    verdict = ours.judge(make_request("files.remove", DESTROY, spent=LONG, worst=LONG))
    assert (verdict.outcome, verdict.because) == ("denied", ("policy-error",))


@pytest.mark.parametrize(
    "entity", ['principal in Role::"guest"', 'principal == User::"ada"', 'resource == Workspace::"/w"']
)
def test_a_forbid_finds_the_entities_of_the_request(tmp_path: Path, entity: str) -> None:
    ours = organisation(tmp_path, f'@id("ours") forbid (principal, action, resource) when {{ {entity} }};')
    assert ours.judge(make_request(roles=("guest",))).because == ("ours",)


def test_a_forbid_finds_a_role_that_only_a_policy_names(tmp_path: Path) -> None:
    ours = organisation(
        tmp_path, '@id("staff-only") forbid (principal, action, resource) unless { principal in Role::"staff" };'
    )
    assert ours.judge(make_request(roles=())).because == ("staff-only",)
    assert ours.judge(make_request(roles=("staff",))).outcome == "allowed"


def test_every_entity_that_request_or_policy_names_is_loaded() -> None:
    policies = '@id("a") forbid (principal in Role::"staff", action, resource == Workspace::"/prod");'
    schema = cedarpy.Schema.from_str(SCHEMA.read_text())
    known = facts.known(tuple(cedarpy.policies_to_pst(policies).static_policies.values()), schema)
    loaded = json.loads(str(facts.entities("ada", ("owner",), "acme.zap", "/w", known)))
    there = {(entity["uid"]["type"], entity["uid"]["id"]) for entity in loaded}
    assert {("User", "ada"), ("Role", "owner"), ("Role", "staff"), ("Workspace", "/w"), ("Workspace", "/prod")} <= there
    assert {("Action", "acme.zap"), ("Action", "acme.*"), ("Action", "git.*")} <= there


def test_the_schema_knows_every_built_in_skill() -> None:
    known = facts.known((), cedarpy.Schema.from_str(SCHEMA.read_text()))
    assert {skill.name for skill in BUILT_IN} <= known.actions


@pytest.mark.parametrize("skill", ["git.fetch", "git.annex"])
def test_a_forbid_on_a_family_covers_skills_that_nobody_listed(tmp_path: Path, skill: str) -> None:
    ours = organisation(tmp_path, '@id("no-git") forbid (principal, action in Action::"git.*", resource);')
    assert ours.judge(make_request(skill)).because == ("no-git",)


def test_a_group_that_the_organisation_declares_covers_its_skills(tmp_path: Path) -> None:
    schema = (
        'action "dangerous", "acme.*";\n'
        'action "acme.zap" in ["dangerous", "acme.*"]'
        " appliesTo { principal: User, resource: Workspace, context: Call };"
    )
    ours = organisation(
        tmp_path, '@id("no-danger") forbid (principal, action in Action::"dangerous", resource);', schema
    )
    assert ours.judge(make_request("acme.zap")).because == ("no-danger",)
    assert ours.judge(make_request("acme.look")).outcome == "allowed"


@pytest.mark.parametrize("amount", [-1, LONG + 1, 2**200, True, 1.5])
def test_amounts_beyond_a_cedar_long_deny(amount: Any) -> None:
    assert STARTERS.judge(make_request(spent=amount)).because == ("bad-request",)
    assert STARTERS.judge(make_request(worst=amount)).because == ("bad-request",)


@pytest.mark.parametrize(
    "path", ["/w/../etc/shadow", "/w/./a", "/w//a", "//w/a", "/w/a/", "w/a", "", "/w/a/..", "/w/a\0b"]
)
def test_paths_that_are_not_canonical_deny(path: str) -> None:
    assert STARTERS.judge(make_request(paths=(path,))).because == ("bad-request",)
    assert STARTERS.judge(make_request(workspace=path)).because == ("bad-request",)


@pytest.mark.parametrize(
    "changes",
    [{"principal": "\ud800"}, {"roles": ["owner"]}, {"principal": ""}, {"skill": ""}, {"skill": "*"}, {"paths": (3,)}],
)
def test_what_cannot_be_judged_is_denied_in_words(changes: dict[str, Any]) -> None:
    verdict = STARTERS.judge(make_request(**changes))
    assert verdict.outcome == "denied"
    assert verdict.words


def test_judging_needs_no_files(tmp_path: Path) -> None:
    ours = organisation(tmp_path, '@id("no-git") forbid (principal, action in Action::"git.*", resource);')
    (tmp_path / "ours.cedar").unlink()
    assert ours.judge(make_request("git.status")).because == ("no-git",)


# --- withheld, denied, violation ----------------------------------------------------------------------------------


def test_withheld_names_the_policies_that_approval_lifts_and_their_risks() -> None:
    verdict = STARTERS.judge(make_request("files.remove", DESTROY, ask_before=("destructive",)))
    assert verdict.outcome == "withheld"
    assert verdict.because == ("asked-first", "destructive", "irreversible")
    assert verdict.risks == ("asked_by_person", "destructive_action")
    assert "only a person may allow that" in verdict.words


def test_a_permit_that_needs_approval_withholds_too(tmp_path: Path) -> None:
    ours = organisation(
        tmp_path,
        '@id("ask-the-owner") @risk("high_cost") permit (principal, action, resource) when { context.approved };',
        starter=False,
    )
    verdict = ours.judge(make_request())
    assert (verdict.outcome, verdict.because, verdict.risks) == ("withheld", ("ask-the-owner",), ("high_cost",))


def test_a_forbid_that_approval_does_not_lift_denies_for_its_own_reason() -> None:
    verdict = STARTERS.judge(make_request("files.remove", DESTROY, never=("destructive",)))
    assert (verdict.outcome, verdict.because) == ("denied", ("never-said",))


def test_a_violation_stays_one_whether_or_not_it_is_approved() -> None:
    for approved in (False, True):
        verdict = STARTERS.judge(make_request("files.write", WRITE, paths=("/srv/x",), approved=approved))
        assert (verdict.outcome, verdict.violation) == ("denied", True)


def test_a_violation_that_approval_would_lift_still_ends_the_session(tmp_path: Path) -> None:
    ours = organisation(
        tmp_path,
        '@id("hands-off") @violation("prod") forbid (principal, action, resource) unless { context.approved };',
    )
    assert ours.judge(make_request()).violation


def test_a_default_denial_names_the_nearest_permit_and_what_it_needs(tmp_path: Path) -> None:
    ours = organisation(
        tmp_path,
        '@id("cheap-git") permit (principal, action in Action::"git.*", resource)'
        " when { context.granted && context has worst && context.worst < 5 };\n"
        '@id("files") permit (principal, action in Action::"files.*", resource) unless { context.writes };',
        starter=False,
    )
    verdict = ours.judge(make_request("git.fetch", worst=7))
    assert verdict.because == ("no-permit",)
    assert "`cheap-git` would allow it if `(context.worst) < 5`" in verdict.words
    assert "files" not in verdict.words
    assert "`files` would allow it if `!(context.writes)`" in ours.judge(make_request("files.write", WRITE)).words


def test_explain_says_what_fired_and_where_it_stands() -> None:
    lines = "\n".join(STARTERS.explain(make_request("files.remove", DESTROY)))
    assert lines.startswith("withheld: `files.remove`")
    assert "ask.cedar:3" in lines
    assert "approved: permit `approved-act`" in lines
    assert "nothing was asked" in "\n".join(STARTERS.explain(make_request(spent=-1)))
