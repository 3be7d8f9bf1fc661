"""The project file: what it declares, and how it says what is wrong with it."""

from pathlib import Path

import pytest

from interlock.config import ProjectFileError, Settings, load
from interlock.config.reference import write as write_reference
from interlock.core.plan import Effects

ROOT = Path(__file__).parents[2]
SHOP = """[workspace]
name = "shop"

[prices]
runner-minute = 1.25

[limits]
ask_above = 50
cap = "$120"
max_time = "45m"
answer_within = "24h"

[tasks.install]
run = "uv pip install -r 'my requirements.txt'"
effects = ["writes", "network"]
idempotent = true
worst = { runner-minute = 2 }
timeout = "1m30s"

[tasks.a-first]
run = ["sh", "-c", "true && true"]
when = "manual"
cwd = "sub"
env = { KEY = "value" }

[services.web]
run = ".venv/bin/python -m shop --port {port}"
port = 8765
ready = "/healthz"
worst = { runner-minute = 0.1 }

[checks.unit]
kind = "unit"
run = "./check.sh --fast"
files = ["tests/**", "data/"]

[checks.smoke]
http = "http://127.0.0.1:{web.port}/healthz"
contains = "ok"
service = "web"

[checks.artifact]
file = "dist/x.whl"
"""


def write(folder: Path, text: str) -> Path:
    (folder / "interlock.toml").write_text(text)
    return folder


def test_tasks_keep_the_files_order_and_become_acts(tmp_path):
    workspace, _ = load(write(tmp_path, SHOP), Settings())
    install, first = workspace.tasks
    assert install.act.arguments == {
        "name": "install",
        "argv": ["uv", "pip", "install", "-r", "my requirements.txt"],
        "cwd": ".",
        "env": {},
    }
    assert install.effects == Effects(writes=True, network=True, reversible=False, idempotent=True)
    assert (install.worst, install.timeout, install.when) == (2_500_000, 90.0, "deploy")
    assert (first.name, first.when, first.act.arguments["cwd"]) == ("a-first", "manual", "sub")
    assert first.act.arguments["env"] == {"KEY": "value"}


def test_services_and_checks_become_what_skills_take(tmp_path):
    (tmp_path / "check.sh").write_text("")
    workspace, _ = load(write(tmp_path, SHOP), Settings())
    web = workspace.service("web")
    assert web is not None and (web.port, web.ready, web.worst) == (8765, "/healthz", 125_000)
    unit, smoke, artifact = workspace.checks
    assert unit.act.arguments == {"argv": ["./check.sh", "--fast"], "cwd": ".", "env": {}, "check": "unit"}
    assert unit.files == ("tests/**/*", "data/**/*", "check.sh") and unit.source == "interlock.toml:32"
    assert (smoke.act.skill, smoke.service, smoke.act.arguments["status"]) == ("http.get", "web", 200)
    assert (artifact.act.skill, artifact.act.arguments) == ("files.exists", {"path": "dist/x.whl"})


def test_limits_are_the_files_where_it_has_them(tmp_path):
    _, limits = load(write(tmp_path, SHOP), Settings(max_iterations=7))
    assert (limits.ask_line, limits.cap, limits.max_time) == (50_000_000, 120_000_000, 2700.0)
    assert (limits.answer_within, limits.max_iterations) == (86_400.0, 7)


def test_the_example_of_the_repository_is_valid():
    workspace, limits = load(ROOT / "examples/shop", Settings())
    assert [check.kind for check in workspace.checks] == ["unit", "smoke", "acceptance"]
    assert all(check.worst for check in workspace.checks) and limits.ask_line == 50_000_000


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[workspace]\nname = shop\n", "interlock.toml:2: not valid TOML: invalid value"),
        ("[limits]\nask_above = 1\n[limits]\n", "interlock.toml:3: not valid TOML: cannot declare"),
        ("\n[limts]\ncap = 1\n", "interlock.toml:2: `limts` is no key here; did you mean `limits`?"),
        ("[limits]\nask_abov = 1\n", "interlock.toml:2: `limits.ask_abov` is no key here; did you mean `ask_above`?"),
        (
            "[tasks.a]\nrun = 'x'\ntimeot = 1\n",
            "interlock.toml:3: `tasks.a.timeot` is no key here; did you mean `timeout`?",
        ),
        ("[tasks.a]\ncwd = '.'\n", "interlock.toml:1: `tasks.a.run` is missing; add it"),
        ("[tasks.a]\nrun = 3\n", "interlock.toml:2: `tasks.a.run` is `3`; it should be a valid string"),
        ("[tasks.a]\nrun = ''\n", "interlock.toml:2: `tasks.a.run` is empty; name a program"),
        ("[tasks.a]\nrun = 'a && b'\n", "interlock.toml:2: `tasks.a.run` holds `&&`, but no shell runs it"),
        ('[tasks.a]\nrun = "a \'b"\n', "can't be split into words"),
        (
            "[tasks.a]\nrun = 'x'\neffects = ['reads', 'deletes']\n",
            "interlock.toml:3: `tasks.a.effects.1` is `\"deletes\"`; choose 'reads', 'writes', 'network'",
        ),
        ("[tasks.a]\nrun = 'x'\ntimeout = 'soon'\n", "interlock.toml:3: `tasks.a.timeout` `soon` is not a duration"),
        ("[tasks.a]\nrun = 'x'\ntimeout = -1\n", "interlock.toml:3: `tasks.a.timeout` `-1` is not between"),
        (
            "[tasks.a]\nrun = 'x'\nworst = { hour = 1 }\n",
            "interlock.toml:3: `tasks.a.worst` `hour` has no price; add `hour` to [prices]",
        ),
        (
            "[prices]\nhour = 1\n[tasks.a]\nrun = 'x'\nworst = { hour = 1e300 }\n",
            "interlock.toml:5: `tasks.a.worst` `{'hour': 1e+300}` is more than $1,000,000,000.00; say a smaller amount",
        ),
        (
            "[tasks.a]\nrun = 'x'\nreversible = 'yes'\n",
            'interlock.toml:3: `tasks.a.reversible` is `"yes"`; it should be',
        ),
        ("[tasks.a]\nrun = 'x {db.port}'\n", "names `{db.port}`, but no [services.db] with a `port` is declared"),
        ("[prices]\nminute = -1\n", "interlock.toml:2: `prices.minute` `-1` is negative"),
        ("[prices]\nminute = nan\n", "interlock.toml:2: `prices.minute` `nan` is not a number of dollars"),
        ("[prices]\nminute = '5 EUR'\n", "interlock.toml:2: `prices.minute` `5 EUR` is in another currency"),
        ("[prices]\nminute = 0\n", "interlock.toml:2: `prices.minute` is 0"),
        ("[prices]\nminute = 1e30\n", "interlock.toml:2: `prices.minute` `1e+30` is more than"),
        (
            "[limits]\nask_above = 50\ncap = 20\n",
            "interlock.toml:2: `limits.ask_above` is $50.00, above `cap` ($20.00); raise the cap or lower the ask line",
        ),
        ("[limits]\nmax_iterations = 0\n", "interlock.toml:2: `limits.max_iterations` is `0`; it should be greater"),
        ("[checks.a]\nkind = 'unit'\n", "interlock.toml:1: `checks.a` has nothing to check; give exactly one of"),
        ("[checks.a]\nrun = 'x'\nfile = 'y'\n", "interlock.toml:1: `checks.a` has run and file; give exactly one of"),
        ("[checks.a]\nrun = 'x'\nstatus = 200\n", "interlock.toml:3: `checks.a.status` belongs to checks with `http`"),
        ("[checks.a]\nhttp = 'ftp://x'\n", "interlock.toml:2: `checks.a.http` is `ftp://x`; write an address"),
        ("[checks.a]\nrun = 'x'\nservice = 'web'\n", "interlock.toml:3: `checks.a.service` names `web`, which"),
        ("[services.w]\nrun = 'x {port}'\n", "interlock.toml:2: `services.w.run` holds `{port}`, but no `port`"),
        (
            "[services.w]\nrun = 'x'\nport = 70000\n",
            "interlock.toml:3: `services.w.port` is `70000`; it should be less",
        ),
        ("[tasks.'a b']\nrun = 'x'\n", "interlock.toml:1: `tasks.a b` has a name with other characters"),
    ],
)
def test_a_mistake_is_named_with_line_key_and_what_to_do(tmp_path, text, words):
    with pytest.raises(ProjectFileError) as caught:
        load(write(tmp_path, text), Settings())
    assert words in str(caught.value)
    assert "\n" not in str(caught.value) and "pydantic" not in str(caught.value)


def test_a_file_that_is_not_text_or_not_a_file_is_told(tmp_path):
    (tmp_path / "interlock.toml").write_bytes(b"[workspace]\nname = '\xff'\n")
    with pytest.raises(ProjectFileError, match=r"interlock\.toml:2: not UTF-8"):
        load(tmp_path, Settings())
    (tmp_path / "interlock.toml").unlink()
    (tmp_path / "interlock.toml").mkdir()
    with pytest.raises(ProjectFileError, match="can't be read"):
        load(tmp_path, Settings())
    with pytest.raises(ProjectFileError, match="name a folder"):
        load(tmp_path / "nowhere", Settings())


def test_a_key_after_a_text_of_many_lines_is_still_found(tmp_path):
    text = "[tasks.a]\nrun = '''\nx\ny = 1\n'''\ntimeout = 'soon'\n"
    with pytest.raises(ProjectFileError, match=r"interlock\.toml:6: `tasks\.a\.timeout`"):
        load(write(tmp_path, text), Settings())


@pytest.mark.parametrize("name", ["interlock-toml.md", "interlock.schema.json"])
def test_the_schema_and_the_page_that_are_shipped_are_those_of_the_code(tmp_path, name):
    write_reference(tmp_path)
    assert (ROOT / "docs/reference" / name).read_text() == (tmp_path / name).read_text()
