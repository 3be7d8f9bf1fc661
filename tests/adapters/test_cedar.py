"""Policy by Cedar: deny by default, an error never allows, and every answer says in words why."""

import json
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import cedarpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from interlock.adapters.cedar import STARTER, CedarAuthorizer, PolicyUnusable, check, facts, try_cases
from interlock.adapters.cedar.source import SCHEMA
from interlock.core.plan import Act, Effects
from interlock.core.policy import Quote, Request
from interlock.skills.toolbox import BUILT_IN

LONG = 2**63 - 1
HARSHNESS = {"allowed": 0, "withheld": 1, "denied": 2}
STARTERS = CedarAuthorizer.load()
READ = Effects()
WRITE = Effects(writes=True)
DESTROY = Effects(writes=True, destructive=True, reversible=False)


def make_request(skill: str = "files.read", effects: Effects = READ, **changes: Any) -> Request:
    quote = Quote(effects=effects, worst=changes.pop("worst", 0), declared=changes.pop("declared", False))
    plain = Request(
        principal="ada",
        roles=("owner",),
        act=Act(skill=skill, arguments=changes.pop("arguments", {})),
        quote=quote,
        workspace="/w",
        session="s",
        paths=("/w/app.py",),
        grants=("*",),
    )
    return replace(plain, **changes)


def effect(request: Request, **changes: bool) -> Request:
    return replace(request, quote=replace(request.quote, effects=replace(request.quote.effects, **changes)))


def organisation(folder: Path, policies: str, schema: str = "", *, starter: bool = True) -> CedarAuthorizer:
    (folder / "ours.cedar").write_text(policies)
    if schema:
        (folder / "ours.cedarschema").write_text(schema)
    return CedarAuthorizer.load([folder], starter=starter)


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


# --- policy files -------------------------------------------------------------------------------------------------

ANY = "(principal, action, resource)"
BROKEN = [
    (f'@id("a")\npermit {ANY}', 1, "can't be read"),
    (f'@id("fine") permit {ANY};\n\n// ; "\npermit {ANY};', 4, "no `@id`"),
    (f'@id("x") permit {ANY};\n@id("x") permit {ANY};', 2, "rename it"),
    (f'@id("destructive") permit {ANY};', 1, "already the name"),
    (f'@id("policy-error") permit {ANY};', 1, "can't name a policy"),
    (f'@id("a") permit {ANY} when {{ context.worst < 3 }};', 1, "optional attribute"),
    (f'@id("a") forbid {ANY} when {{ context.distructive }};', 1, "does not fit the schema"),
    ('@id("a") forbid (principal, action == Action::"git.psuh", resource);', 1, "unrecognized action"),
    (f'@id("a") forbid {ANY} when {{ Team::"a" == principal }};', 1, "name a User"),
    (f'@id("a") @voilation("x") forbid {ANY};', 1, "did you mean `@violation`"),
    (f'@id("a") @risk("hi-cost") forbid {ANY};', 1, "`@risk` knows no `hi-cost`"),
    (f'@id("a") @violation("x") permit {ANY};', 1, "make it a forbid"),
    ('@id("a") permit (principal == ?principal, action, resource);', 1, "templates"),
]


@pytest.mark.parametrize(("text", "line", "words"), BROKEN)
def test_a_broken_policy_is_named_with_file_and_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(PolicyUnusable) as caught:
        organisation(tmp_path, text)
    assert (str(tmp_path / "ours.cedar"), line) in {(problem.file, problem.line) for problem in caught.value.problems}
    assert words in str(caught.value)


def test_check_lists_every_problem_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.cedar").write_text("permit (principal, action, resource);\nforbid (principal, action, resource);")
    (tmp_path / "b.cedar").write_bytes(b"\xff\xfe")
    found = check([tmp_path, tmp_path / "absent"])
    assert [(Path(problem.file).name, problem.line) for problem in found] == [
        ("absent", 1),
        ("a.cedar", 1),
        ("a.cedar", 2),
        ("b.cedar", 1),
    ]


def test_a_broken_schema_is_named(tmp_path: Path) -> None:
    with pytest.raises(PolicyUnusable, match=r"ours\.cedarschema:1: the schema does not fit"):
        organisation(tmp_path, "", "entity User;")


def test_strings_and_comments_may_hold_semicolons(tmp_path: Path) -> None:
    ours = organisation(
        tmp_path, '// a; b\n@id("a") @words("no; \\"not\\" // this") forbid (principal, action, resource); // c;'
    )
    assert ours.judge(make_request()).words == '`files.read`: no; "not" // this'


def test_a_case_that_fails_says_what_came_instead(tmp_path: Path) -> None:
    (tmp_path / "ours.cedar").write_text('@id("no-git") forbid (principal, action in Action::"git.*", resource);')
    (tmp_path / "ours.test.toml").write_text(
        '[[case]]\nsays = "git is off"\nskill = "git.diff"\nexpect = "denied"\nbecause = ["no-git"]\n'
        '[[case]]\nsays = "wrong"\nskill = "git.diff"\nexpect = "allowed"\nbecause = ["no-gti"]\n'
    )
    held, failed = try_cases(tmp_path)
    assert held.wrong == ""
    assert failed.wrong.startswith("expected `allowed`, came out as `denied` and not because of `no-gti`")


def test_a_case_with_an_unknown_field_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "ours.test.toml").write_text('[[case]]\nsays = "x"\nexpect = "denied"\nskil = "git.diff"\n')
    with pytest.raises(PolicyUnusable, match="skil"):
        try_cases(tmp_path)


# --- laws ---------------------------------------------------------------------------------------------------------

texts = st.text(max_size=12)
names = (
    st.sampled_from(["files.write", "git.push", "command.run", "packages.sync", "process.ensure", "acme.zap"]) | texts
)
paths = st.sampled_from(["/w", "/w/a", "/wx", "/etc/passwd", "/w/../etc", "/w/.ssh/id", "/srv"]) | texts.map(
    "/w/{}".format
)
wishes = st.lists(
    st.sampled_from(["deploy", "destructive", "network", "act:push to main", "act:all"]) | texts, max_size=2
)
amounts = st.none() | st.integers(-(2**70), 2**70) | st.sampled_from([0, 1, LONG, LONG + 1])
effects = st.builds(Effects, **{name: st.booleans() for name in Effects.__struct_fields__})
quotes = st.builds(Quote, effects=effects, worst=amounts, declared=st.booleans(), network=st.booleans())
requests = st.builds(
    Request,
    principal=texts,
    roles=st.lists(texts, max_size=2).map(tuple),
    act=st.builds(
        Act, skill=names, arguments=st.dictionaries(texts, texts | st.booleans() | st.lists(texts), max_size=3)
    ),
    quote=quotes,
    workspace=st.sampled_from(["/w", "/w", "/w", "/", "w", "/w/.."]),
    session=texts,
    agent=st.just("check") | texts,
    paths=st.lists(paths, max_size=2).map(tuple),
    grants=st.lists(st.sampled_from(["*", "files.*", "git.*", "acme.*"]) | texts, max_size=2).map(tuple),
    never=wishes.map(tuple),
    ask_before=wishes.map(tuple),
    approved=st.booleans(),
    spent=st.integers(-1, 10) | st.sampled_from([LONG, LONG + 1]),
)


@given(requests)
def test_nothing_destructive_is_allowed_without_approval(request: Request) -> None:
    assert STARTERS.judge(effect(replace(request, approved=False), destructive=True)).outcome != "allowed"


@given(requests)
def test_what_is_allowed_is_granted_priced_and_in_its_place(request: Request) -> None:
    verdict = STARTERS.judge(request)
    if verdict.outcome == "allowed":
        assert request.grants or (request.agent == "check" and request.quote.declared)
        assert request.quote.worst is not None
        assert 0 <= request.quote.worst <= LONG
        inside = [path for path in request.paths if request.workspace == "/" or f"{path}/".startswith("/w/")]
        assert request.quote.declared or tuple(inside) == request.paths
        assert not any(".." in path.split("/") for path in request.paths)


@given(requests)
def test_every_verdict_has_reasons_and_words(request: Request) -> None:
    verdict = STARTERS.judge(request)
    assert verdict.because
    assert verdict.words
    assert bool(verdict.risks) == (verdict.outcome == "withheld")


@given(requests)
def test_approval_never_makes_it_harsher(request: Request) -> None:
    before, after = (STARTERS.judge(replace(request, approved=said)) for said in (False, True))
    assert HARSHNESS[after.outcome] <= HARSHNESS[before.outcome]
    assert (before.outcome == "withheld") == (after.outcome == "allowed" and before.outcome != "allowed")


RISKS = [
    {"destructive": True},
    {"network": True},
    {"reversible": False},
    {"idempotent": False},
    {"destructive": True, "network": True, "reversible": False},
]


@given(requests, st.sampled_from(RISKS))
def test_more_risk_never_loosens(request: Request, risk: dict[str, bool]) -> None:
    assert HARSHNESS[STARTERS.judge(effect(request, **risk)).outcome] >= HARSHNESS[STARTERS.judge(request).outcome]


@given(requests, wishes)
def test_more_wishes_never_loosen(request: Request, more: list[str]) -> None:
    asked = replace(request, ask_before=(*request.ask_before, *more))
    forbidden = replace(request, never=(*request.never, *more))
    harshness = HARSHNESS[STARTERS.judge(request).outcome]
    assert HARSHNESS[STARTERS.judge(asked).outcome] >= harshness
    assert HARSHNESS[STARTERS.judge(forbidden).outcome] >= harshness


@pytest.fixture(scope="module")
def overflowing(tmp_path_factory: pytest.TempPathFactory) -> CedarAuthorizer:
    policy = '@id("sum") forbid (principal, action, resource) when { context.spent + 9223372036854775807 < 0 };'
    return organisation(tmp_path_factory.mktemp("policies"), policy)


@given(requests.filter(lambda request: request.spent > 0))
def test_an_error_never_allows(overflowing: CedarAuthorizer, request: Request) -> None:
    assert overflowing.judge(request).outcome == "denied"
