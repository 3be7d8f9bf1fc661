"""What a person wants to be asked about, or never wants: an act is matched in doubt, but not beyond reason."""

import pytest

from interlock.core.plan import Act, Effects
from interlock.core.policy import Quote
from interlock.core.wishes import forces_push, matching

CHANGES = Quote(effects=Effects(writes=True))
READS = Quote(effects=Effects())
DECLARED = Quote(effects=Effects(writes=True), declared=True)
ONLINE = Quote(effects=Effects(network=True))
DESTROYS = Quote(effects=Effects(writes=True, destructive=True))


def command(line: str) -> Act:
    return Act(skill="command.run", arguments={"argv": line.split()})


def skill(called: str, /, **arguments: object) -> Act:
    return Act(skill=called, arguments=arguments)


FALLS_UNDER = [
    ("destructive", skill("files.remove", path="/w/a"), DESTROYS),
    ("destructive", command("rm -rf build"), CHANGES),
    ("deploy", skill("process.ensure", name="web"), DECLARED),
    ("deploy", command("./deploy.sh staging"), DECLARED),
    ("deploy", command("kubectl apply -f app.yml"), DECLARED),
    ("deploy", skill("command.task", name="deploy", argv=["./up"]), DECLARED),
    ("network", skill("http.get", url="https://example.org"), ONLINE),
    ("network", command("./anything"), Quote(effects=Effects(), network=True)),
    ("act:touching the database", skill("database.migrate"), CHANGES),
    ("act:touching the database", command("psql -c 'select 1'"), CHANGES),
    ("act:touching the database", skill("files.write", path="/w/migrations/0002.sql"), CHANGES),
    ("act:touch the users table", skill("files.patch", path="/w/app/users.py"), CHANGES),
    ("act:the migrations", skill("files.patch", path="/w/migrations/0001.py"), CHANGES),
    ("act:installing packages", skill("packages.sync"), ONLINE),
    ("act:installing packages", command("uv pip install -r requirements.txt"), DECLARED),
    ("act:deploy to production", command("./deploy.sh prod"), DECLARED),
    ("act:deploy to production", command("./deploy.sh"), DECLARED),
    ("act:deploy to production", command("./run.sh --env production"), DECLARED),
    ("act:deploy to production", command("./deploy.sh --from staging --to production"), DECLARED),
    ("act:push to main", command("git push"), CHANGES),
    ("act:push to main", skill("git.push", branch="main"), ONLINE),
    ("act:force pushes", command("git push -f origin topic"), CHANGES),
    ("act:force pushes", skill("git.push", force=True), ONLINE),
    ("act:doing anything", skill("files.read", path="/w/a"), READS),
    ("act:anonymise customers", command("./job"), CHANGES),
    ("act:anonymise customers", command("./anonymise.sh"), DECLARED),
    ("act:Schlüssel erneuern", command("./schlüssel"), DECLARED),
    ("act:changing pins", skill("packages.raise_pin", file="/w/requirements.txt"), ONLINE),
    ("act:changing pinned versions", skill("packages.raise_pin", file="/w/requirements.txt"), ONLINE),
    ("act:installing packages", skill("packages.raise_pin", file="/w/a"), ONLINE),
    ("act:changing the Python version", skill("packages.rebuild", python="3.9"), ONLINE),
    ("rewriting the README", skill("files.write", path="/w/README.md"), CHANGES),
]

DOES_NOT = [
    ("act:changing pins", skill("packages.rebuild", python="3.9"), ONLINE),
    ("act:changing pins", skill("packages.install", packages=["left-pad<2"]), ONLINE),
    ("destructive", command("pytest tests/test_delete.py"), DECLARED),
    ("destructive", skill("files.write", path="/w/delete.py"), CHANGES),
    ("destructive", skill("packages.uninstall", packages=["left-pad"]), CHANGES),
    ("deploy", command("pytest -q"), DECLARED),
    ("deploy", skill("files.patch", path="/w/deploy/steps.py"), CHANGES),
    ("network", command("pytest -q"), Quote(effects=Effects(), declared=True, network=True)),
    ("after_tries:5", command("./deploy.sh"), CHANGES),
    ("act:touching the database", command("pytest tests/test_prices.py"), DECLARED),
    ("act:deploy to production", command("./deploy.sh staging"), DECLARED),
    ("act:deploy to production", skill("process.ensure", name="web"), DECLARED),
    ("act:deploy to production", skill("files.patch", path="/w/shop/products.py"), CHANGES),
    ("act:deploy to production", skill("files.patch", path="/w/config/production.toml"), CHANGES),
    ("act:push to main", command("python main.py"), DECLARED),
    ("act:push to main", skill("git.commit", branch="main"), CHANGES),
    ("act:force pushes", command("git push origin topic"), CHANGES),
    ("act:installing packages", skill("files.read", path="/w/app.py"), READS),
    ("act:anonymise customers", command("pytest -q"), DECLARED),
    ("act:anonymise customers", skill("files.write", path="/w/a.py"), CHANGES),
]


@pytest.mark.parametrize(("wish", "act", "quote"), FALLS_UNDER)
def test_an_act_falls_under_the_wish(wish: str, act: Act, quote: Quote) -> None:
    assert matching((wish,), act, quote) == (wish,)


@pytest.mark.parametrize(("wish", "act", "quote"), DOES_NOT)
def test_an_act_does_not_fall_under_the_wish(wish: str, act: Act, quote: Quote) -> None:
    assert matching((wish,), act, quote) == ()


def test_only_the_wishes_that_match_are_named() -> None:
    assert matching(("network", "deploy", "act:push to main"), command("git push"), CHANGES) == ("act:push to main",)


@pytest.mark.parametrize(
    "act",
    [
        command("git push --force"),
        command("git push --force-with-lease origin topic"),
        command("/usr/bin/git push origin +main"),
        command("git push --mirror"),
        Act(skill="command.run", arguments={"argv": ["sh", "-c", "git push -f"]}),
        skill("git.push", force=True),
    ],
)
def test_a_forced_push_is_seen(act: Act) -> None:
    assert forces_push(act)


@pytest.mark.parametrize(
    "act",
    [command("git push"), command("make -f Makefile push"), command("tail -f log"), skill("files.write", force=True)],
)
def test_other_flags_do_not_force_a_push(act: Act) -> None:
    assert not forces_push(act)
