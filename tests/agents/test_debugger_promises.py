"""The last remedies change what a person asked for: when they are offered, what they say, how they are ruled out."""

from datetime import UTC, datetime

from test_debugger_packages import DRIFT, MISSING, drifted

from interlock.core.goal import Goal
from interlock.core.release import Interpreter, Release

GONE = DRIFT.replace("'quote_url' from 'wick.urls'", "'gcd' from 'fractions'")
LISTED = """from _collections_abc import *
def __getattr__(name):
    if name in _collections_abc.__all__:
        return 1
"""


def has_python(bench, minor: int, **modules: str) -> None:
    library = bench.root / "pythons" / f"3.{minor}"
    for name, text in modules.items():
        bench.write(f"pythons/3.{minor}/{name.replace('__in__', '/')}.py", text)
    found = Interpreter(version=(3, minor), path=f"/opt/3.{minor}/bin/python", library=str(library))
    bench.pythons = tuple(sorted((*bench.pythons, found), key=lambda each: each.version, reverse=True))


async def test_a_name_that_python_dropped_is_found_in_the_newest_older_python_that_still_has_it(bench):
    drifted(bench)
    has_python(bench, 11, fractions="from math import pi\n")
    has_python(bench, 9, fractions="class Fraction: ...\n")
    has_python(bench, 8, fractions="def gcd(a, b): ...\n")
    has_python(bench, 7, fractions="def gcd(a, b): ...\n")
    best = (await bench.diagnose(GONE)).candidates[0]
    assert best.act.skill == "packages.rebuild"
    assert best.act.arguments == {
        "python": "3.8",
        "requirements": ["requirements.txt"],
        "venv": ".venv",
        "exclude_newer": "2020-03-05",
    }
    assert "no longer has `fractions.gcd`" in best.why
    assert best.promise == "Python 3.11 in `.venv` becomes Python 3.8"


async def test_a_module_that_python_dropped_counts_as_well(bench):
    drifted(bench)
    has_python(bench, 11)
    has_python(bench, 10, imp="")
    text = DRIFT.replace(DRIFT.splitlines()[-1], "ModuleNotFoundError: No module named 'imp'")
    assert (await bench.fixes(text))[0] == "missing-module:python:3.10"


async def test_names_are_found_where_a_library_hands_them_on(bench):
    drifted(bench)
    has_python(bench, 11, collections="class OrderedDict: ...\n")
    has_python(bench, 9, collections=LISTED, _collections_abc="__all__ = ['Mapping']\nclass Mapping: ...\n")
    text = DRIFT.replace("'quote_url' from 'wick.urls'", "'Mapping' from 'collections'")
    assert (await bench.fixes(text))[0] == "package-drift:python:3.9"


async def test_no_package_older_than_the_older_python_is_forced_on_it(bench):
    drifted(bench)
    has_python(bench, 10, fractions="def gcd(a, b): ...\n")
    assert (await bench.diagnose(GONE)).candidates[0].act.arguments["exclude_newer"] == "2021-10-04"
    bench.write("requirements.txt", "lantern\n")
    tried = [fix for fix in await bench.fixes(GONE) if "python" not in fix.partition(":")[2]]
    bench.has_tried(GONE, *tried)
    assert "exclude_newer" not in (await bench.diagnose(GONE)).candidates[0].act.arguments


async def test_no_python_is_offered_that_lacks_the_name_too_or_that_a_pinned_release_refuses(bench):
    drifted(bench)
    has_python(bench, 9, fractions="class Fraction: ...\n")
    assert [fix for fix in await bench.fixes(GONE) if "python" in fix.partition(":")[2]] == []
    has_python(bench, 8, fractions="def gcd(a, b): ...\n")
    metadata = bench.root / ".venv/lib/python3.11/site-packages/lantern-2.2.dist-info/METADATA"
    metadata.write_text(metadata.read_text().replace("Version: 2.2", "Version: 2.2\nRequires-Python: >=3.9", 1))
    assert [fix for fix in await bench.fixes(GONE) if "python" in fix.partition(":")[2]] == []


async def test_what_fails_alone_at_import_is_offered_the_python_of_its_time(bench):
    drifted(bench)
    has_python(bench, 10)
    has_python(bench, 8)
    text = DRIFT.replace(DRIFT.splitlines()[-1], "TypeError: duplicate base class TimeoutError")
    tried = [fix for fix in await bench.fixes(text) if "as-of" in fix]
    bench.has_tried(text, *tried)
    assert (await bench.fixes(text))[0] == "package-drift:python:3.8"


async def test_a_pin_is_raised_to_what_is_as_new_as_what_it_breaks_with_and_then_to_the_newest(bench):
    drifted(bench)
    bench.index.known["lantern"] = tuple(
        Release(version=version, uploaded=datetime.fromisoformat(when).replace(tzinfo=UTC).timestamp())
        for version, when in (
            ("2.2", "2020-03-04"),
            ("2.3", "2021-01-01"),
            ("2.4", "2023-01-01"),
            ("3.0", "2024-01-01"),
        )
    )
    near, newest = (await bench.diagnose(GONE)).candidates
    assert near.act.skill == "packages.raise_pin"
    assert near.act.arguments == {
        "file": "requirements.txt",
        "old": "lantern==2.2",
        "new": "lantern==2.4",
        "venv": ".venv",
    }
    assert near.promise == "`lantern==2.2` in `requirements.txt` becomes `lantern==2.4`"
    assert newest.act.arguments["new"] == "lantern==3.0"


async def test_a_promise_is_changed_only_when_nothing_else_is_left(bench):
    drifted(bench)
    keeping = (await bench.diagnose(DRIFT)).candidates
    assert len(keeping) == 4 and not any(each.promise for each in keeping)
    bench.has_tried(DRIFT, *[each.fix for each in keeping])
    left = (await bench.diagnose(DRIFT)).candidates
    assert left and all(each.promise for each in left)


async def test_a_promise_that_had_to_be_changed_before_is_changed_at_once_when_the_rest_is_known_to_fail(bench):
    drifted(bench)
    for fix in await bench.fixes(DRIFT):
        bench.remember(DRIFT, fix, 0, 1)
    bench.remember(DRIFT, "package-drift:raise:lantern==3.0", 1, 1)
    assert (await bench.fixes(DRIFT))[0] == "package-drift:raise:lantern==3.0"


async def test_words_can_forbid_a_change_of_promise_and_then_it_is_not_proposed(bench):
    drifted(bench)
    has_python(bench, 8, fractions="def gcd(a, b): ...\n")
    bench.goal = Goal(objective="fix it", never=("act:changing pins",))
    assert await bench.fixes(GONE) == ["package-drift:python:3.8"]
    bench.goal = Goal(objective="fix it", never=("act:change the Python version",))
    diagnosis = await bench.diagnose(GONE)
    assert diagnosis.candidates == ()
    assert "yours to decide" in diagnosis.advice


async def test_a_pin_that_stands_twice_or_is_none_is_left_alone(bench):
    drifted(bench)
    bench.write("requirements.txt", "lantern==2.2 ; python_version > '3'\nlantern==2.2 ; python_version < '3'\n")
    assert await bench.fixes(GONE) == []
    bench.write("requirements.txt", "lantern>=2.2\n")
    assert not [fix for fix in await bench.fixes(GONE) if "raise" in fix]


async def test_what_needs_nothing_else_is_not_taken_as_of_a_day(bench):
    drifted(bench, pin="wick==3.1.0")
    text = "\n".join(DRIFT.replace("lantern", "wick").splitlines()[:-1]) + "\nTypeError: metaclass conflict\n"
    assert not [fix for fix in await bench.fixes(text) if "as-of" in fix]


async def test_what_is_declared_beside_the_pin_is_taken_as_of_its_day_too(bench):
    drifted(bench)
    bench.write("requirements.txt", "lantern==2.2\noil\n")
    assert "package-drift:as-of:all@2020-03-05" in await bench.fixes(DRIFT)


async def test_a_missing_module_that_no_python_ever_had_changes_no_promise_at_once(bench):
    drifted(bench)
    has_python(bench, 8, fractions="")
    assert await bench.fixes(MISSING.format(module="reqeusts")) == []


PEERS = """npm error code ERESOLVE
npm error ERESOLVE unable to resolve dependency tree
npm error Could not resolve dependency:
npm error peer glow@"^17.0.0" from glow-plugin@4.13.1
"""


async def test_peers_that_exclude_each_other_are_accepted_in_this_project_alone_and_the_promise_is_named(bench):
    bench.write("package.json", "{}")
    bench.write(".npmrc", "audit=false")
    (proposal,) = (await bench.diagnose(PEERS)).candidates
    assert proposal.act.skill == "files.write"
    assert proposal.act.arguments == {"path": ".npmrc", "content": "audit=false\nlegacy-peer-deps=true\n"}
    assert "outside of a peer's range" in proposal.promise


async def test_peers_are_not_accepted_twice_nor_against_the_words_nor_without_a_project(bench):
    assert (await bench.diagnose(PEERS)).candidates == ()
    bench.write("package.json", "{}")
    bench.goal = Goal(objective="fix it", never=("act:use legacy-peer-deps",))
    assert (await bench.diagnose(PEERS)).candidates == ()
    bench.goal = None
    bench.write(".npmrc", "legacy-peer-deps = true\n")
    diagnosis = await bench.diagnose(PEERS)
    assert diagnosis.candidates == () and "peer range" in diagnosis.advice
