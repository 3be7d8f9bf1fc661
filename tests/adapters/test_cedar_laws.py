"""Laws of policy: whatever is asked, more risk never loosens and an error never allows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from interlock.adapters.cedar import CedarAuthorizer
from interlock.core.plan import Act, Effects
from interlock.core.policy import Quote, Request
from judged import HARSHNESS, LONG, STARTERS, effect, organisation

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
