"""What every skill has in common: arguments are checked, made canonical once, quoted, and performed as they stand."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interlock.core.plan import Act, Check, Effects, ServiceSpec, Task, Workspace
from interlock.ports import BadArguments, Surroundings
from interlock.skills.toolbox import BUILT_IN, Toolbox

RUN = ["python3", "-c", "print('hi')"]
UNIT = Check(
    name="unit",
    act=Act(skill="command.run", arguments={"argv": RUN, "cwd": ".", "env": {}, "check": "unit"}),
    kind="unit",
    worst=1_000_000,
    timeout=30.0,
)


def test_an_unknown_skill_is_refused_with_those_that_are_allowed(bench):
    with pytest.raises(BadArguments, match=r"no skill `shell.exec` here; allowed are .*`files.read`"):
        bench(skills=("files.*",)).toolbox.canonical(Act(skill="shell.exec"))


def test_a_skill_that_the_workspace_does_not_allow_is_refused(bench):
    toolbox = bench(skills=("files.*",)).toolbox
    assert {manifest.name.partition(".")[0] for manifest in toolbox.manifests()} == {"files"}
    with pytest.raises(BadArguments, match=r"no skill `command\.run` here"):
        toolbox.canonical(Act(skill="command.run", arguments={"argv": ["ls"]}))


def test_a_declared_check_may_run_even_where_agents_may_not_run_commands(bench):
    act, _ = bench(skills=("files.*",), checks=(UNIT,)).toolbox.canonical(UNIT.act)
    assert act.arguments["argv"] == RUN


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"path": 3}, "expected `str`, got `int`"),
        ({}, "missing required field `path`"),
        ({"path": "a", "mode": "w"}, "unknown field `mode`; it takes `path`"),
        ({"path": ""}, "empty"),
        ({"path": "a\0b"}, "zero byte"),
    ],
)
def test_arguments_that_do_not_fit_are_refused_in_words(bench, arguments, words):
    with pytest.raises(BadArguments, match=words):
        bench().toolbox.canonical(Act(skill="files.read", arguments=arguments))


def test_every_manifest_has_a_schema_and_survives_the_log(bench):
    manifests = bench().toolbox.manifests()
    assert len(manifests) == len(BUILT_IN) == len({manifest.name for manifest in manifests})
    assert all("properties" in str(manifest.schema) for manifest in manifests)
    msgspec.json.encode(manifests)


def test_a_path_is_named_as_what_it_really_is(bench, root: Path, tmp_path: Path):
    outside = tmp_path.resolve() / "outside"
    outside.mkdir()
    (root / "link").symlink_to(outside)
    toolbox = bench().toolbox
    for said in ("link/secret", "../outside/secret", "a/../link/./secret", str(outside / "secret")):
        act, paths = toolbox.canonical(Act(skill="files.write", arguments={"path": said, "content": "x"}))
        assert paths == (str(outside / "secret"),)
        assert act.arguments["path"] == str(outside / "secret")


@given(said=st.text(alphabet="ab./\\~ é", min_size=1, max_size=12))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_canonical_is_canonical_already(bench, said):
    toolbox = bench().toolbox
    once, paths = toolbox.canonical(Act(skill="files.read", arguments={"path": said}))
    assert toolbox.canonical(once) == (once, paths)
    assert msgspec.json.decode(msgspec.json.encode(once), type=Act) == once


async def test_a_path_that_leads_elsewhere_since_it_was_judged_is_not_used(bench, root: Path, tmp_path: Path):
    (root / "notes").mkdir()
    made = bench()
    act, _ = made.toolbox.canonical(Act(skill="files.write", arguments={"path": "notes/a", "content": "x"}))
    (root / "notes").rmdir()
    (root / "notes").symlink_to(tmp_path)
    result = await made.toolbox.call(act, Surroundings(session="s", call="c", timeout=5.0))
    assert not result.ok and "now leads to" in result.output
    assert not (tmp_path / "a").exists()


def test_a_declared_check_is_quoted_as_declared(bench):
    toolbox = bench(checks=(UNIT,), prices={"minute": 1}).toolbox
    quote = toolbox.quote(toolbox.canonical(UNIT.act)[0])
    assert (quote.declared, quote.worst, quote.timeout, quote.network) == (True, 1_000_000, 30.0, True)
    assert not quote.effects.writes


def test_a_command_that_only_bears_a_checks_name_is_an_agents_own(bench):
    toolbox = bench(checks=(UNIT,)).toolbox
    forged = Act(skill="command.run", arguments={"argv": ["rm", "-rf", "."], "check": "unit"})
    quote = toolbox.quote(toolbox.canonical(forged)[0])
    assert (quote.declared, quote.network, quote.effects.writes, quote.effects.reversible) == (
        False,
        False,
        True,
        False,
    )


def test_a_task_is_bound_to_what_it_declares(bench, root: Path):
    task = Task(
        name="migrate",
        act=Act(skill="command.task", arguments={"name": "migrate", "argv": ["./m"], "cwd": ".", "env": {"A": "1"}}),
        effects=Effects(writes=True, reversible=False, idempotent=True),
        worst=5,
        timeout=7.0,
    )
    toolbox = bench(tasks=(task,)).toolbox
    act, paths = toolbox.canonical(Act(skill="command.task", arguments={"name": "migrate"}))
    assert act.arguments == {"name": "migrate", "argv": ["./m"], "cwd": str(root), "env": {"A": "1"}}
    assert toolbox.canonical(task.act) == (act, paths) == (act, (str(root),))
    assert (toolbox.quote(act).worst, toolbox.quote(act).timeout, toolbox.quote(act).declared) == (5, 7.0, True)
    with pytest.raises(BadArguments, match="declared otherwise"):
        toolbox.canonical(Act(skill="command.task", arguments={**act.arguments, "argv": ["rm"]}))
    migration, _ = toolbox.canonical(Act(skill="database.migrate", arguments={"task": "migrate"}))
    assert migration.arguments["argv"] == ["./m"] and toolbox.quote(migration).worst == 5


@pytest.mark.parametrize(
    ("skill", "arguments", "words"),
    [
        ("command.task", {"name": "deploy"}, "no task `deploy` is declared; declared: none"),
        ("process.ensure", {"service": "db"}, "no service `db` is declared; declared: `web`"),
        ("process.ensure", {"service": "web", "port": 80}, "no port for a service"),
        ("command.run", {"argv": ["curl", "{db.port}"]}, "names no declared service"),
        ("command.run", {"argv": []}, "is empty"),
        ("http.get", {"url": "file:///etc/passwd"}, "not an address"),
        ("http.get", {"url": "http://u:p@h/"}, "not an address"),
        ("http.get", {"url": "http://127.0.0.1:{db.port}/"}, "names no declared service"),
        ("packages.install", {"packages": ["--index-url=http://evil"]}, "not a requirement"),
        ("packages.install", {"packages": ["x @ https://evil/x.whl"]}, "packages come from the index"),
        ("packages.install", {"packages": ["x"], "exclude_newer": "yesterday"}, "not a date"),
        ("packages.install", {}, "nothing to do"),
        ("packages.uninstall", {"packages": ["-r"]}, "not the name of a package"),
        ("git.restore", {"path": "a", "commit": "--output=/etc/x"}, "not a commit"),
        ("git.fetch", {"remote": "https://evil"}, "not the name of a remote"),
    ],
)
def test_what_does_not_exist_or_could_mean_something_else_is_refused(bench, skill, arguments, words):
    web = ServiceSpec(name="web", argv=("./serve", "{port}"), port=8000)
    with pytest.raises(BadArguments, match=words):
        bench(services=(web,)).toolbox.canonical(Act(skill=skill, arguments=arguments))


@pytest.mark.parametrize(
    ("url", "away"),
    [
        ("http://127.0.0.1:80/", False),
        ("http://localhost/", False),
        ("http://[::1]:8000/", False),
        ("http://127.0.0.1.example.org/", True),
        ("http://10.0.0.1/", True),
        ("https://example.org/", True),
    ],
)
def test_an_address_of_another_machine_is_quoted_with_network(bench, url, away):
    toolbox = bench().toolbox
    quote = toolbox.quote(toolbox.canonical(Act(skill="http.get", arguments={"url": url}))[0])
    assert (quote.network, quote.effects.network) == (away, away)


@pytest.mark.parametrize("said", ["loop/a", "\ud800", "x" * 5000])
async def test_a_path_that_leads_nowhere_is_refused_or_fails_in_words(bench, root: Path, said):
    (root / "loop").symlink_to("loop")
    made = bench()
    try:
        result = await made.do("files.read", path=said)
    except BadArguments as refused:
        assert "name a file in the workspace" in str(refused)
    else:
        assert not result.ok and result.output


@pytest.mark.parametrize("said", ["store", "store/seal.key", "link/policies/own.cedar"])
def test_the_store_is_out_of_reach_where_it_lies_in_the_workspace(bench, root: Path, sandbox, said):
    (root / "store" / "policies").mkdir(parents=True)
    (root / "link").symlink_to("store")
    made = bench()
    workspace = Workspace(root=str(root), name="work")
    toolbox = Toolbox(workspace, sandbox, made.supervisor, cache=root / "store" / "cache", closed=(root / "store",))
    with pytest.raises(BadArguments, match="lies in interlock's own folder"):
        toolbox.canonical(Act(skill="files.write", arguments={"path": said, "content": "x"}))
    toolbox.canonical(Act(skill="files.write", arguments={"path": "stored", "content": "x"}))
