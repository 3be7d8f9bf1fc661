"""Policy files: what is wrong is named with file and line, and cases are tried."""

import re
from pathlib import Path

import pytest

from interlock.adapters.cedar import PolicyUnusable, check, facts, try_cases
from judged import STARTERS, make_request, organisation

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


def test_the_policies_and_cases_of_the_guide_hold(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "how-to" / "write-a-policy.md").read_text()
    blocks = dict(re.findall(r"```(cedar|toml)\n(.*?)```", guide, re.DOTALL))
    (tmp_path / "house.cedar").write_text(blocks["cedar"])
    (tmp_path / "house.test.toml").write_text(blocks["toml"])
    assert [tried.wrong for tried in try_cases(tmp_path)] == ["", "", "", ""]


def test_the_policy_of_the_guide_to_tools_asks_about_those_that_it_names(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "how-to" / "use-mcp-tools.md").read_text()
    (policy,) = re.findall(r"```cedar\n(.*?)```", guide, re.DOTALL)
    authorizer = organisation(tmp_path, policy)
    said = [authorizer.judge(make_request(skill)).outcome for skill in ("mcp.tickets.open", "mcp.files.read")]
    assert said == ["withheld", "allowed"]


def test_a_policy_may_name_a_single_tool_that_the_organisation_declares(tmp_path: Path) -> None:
    declared = 'action "mcp.files.read" in ["mcp.*"] appliesTo { principal: User, resource: Workspace, context: Call };'
    policy = '@id("no-reading") forbid (principal, action == Action::"mcp.files.read", resource);'
    verdict = organisation(tmp_path, policy, declared).judge(make_request("mcp.files.read"))
    assert (verdict.outcome, verdict.because) == ("denied", ("no-reading",))


def test_the_reference_lists_every_starter_policy_and_fact() -> None:
    reference = (Path(__file__).parents[2] / "docs" / "reference" / "policies.md").read_text()
    names = {*STARTERS._policies, *facts.context(make_request())}
    assert {name for name in names if f"`{name}`" not in reference} == set()
