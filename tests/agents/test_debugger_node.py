"""Node projects and pins that were taken back: what is written, and when it is left to a person."""

import pytest

from interlock.core.release import Release

REQUIRE = (
    "file://{root}/a.js:1\nReferenceError: require is not defined in ES module scope, you can use import instead\n"
)
HEAP = "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n"
YANKED = 'warning: `lantern==2.32.0` is yanked (reason: "broken")\n'


def es_package(bench, code):
    bench.write("package.json", '{"type": "module"}')
    bench.write("a.js", code)
    return REQUIRE.format(root=bench.root)


async def test_a_file_of_an_es_package_makes_its_own_require(bench):
    said = es_package(bench, 'const fs = require("fs");\nmodule.exports = fs;\n')
    (proposal,) = (await bench.diagnose(said)).candidates
    content = proposal.act.arguments["content"]
    assert content.startswith('import { createRequire } from "node:module";\n')
    assert content.endswith('const fs = require("fs");\nexport default fs;\n')


@pytest.mark.parametrize(
    "code",
    [
        'const x = require("x");\nexports.a = x;\n',
        'require("x");\nmodule.exports = 1;\nmodule.exports = 2;\n',
        "x();\n",
    ],
)
async def test_a_file_that_exports_in_other_ways_is_left_to_a_person(bench, code):
    diagnosis = await bench.diagnose(es_package(bench, code))
    assert diagnosis.candidates == ()
    assert "`.cjs`" in diagnosis.advice


async def test_a_file_outside_of_the_project_is_not_written(bench):
    es_package(bench, 'require("x");\n')
    assert (
        await bench.fixes("file:///srv/other/a.js:1\nReferenceError: require is not defined in ES module scope\n") == []
    )


async def test_a_bound_of_the_projects_own_is_widened_and_no_other_is_invented(bench):
    assert await bench.fixes(HEAP) == []
    bench.write(".npmrc", "node-options=--max-old-space-size=40\n")
    (proposal,) = (await bench.diagnose(HEAP)).candidates
    assert proposal.act.arguments["new"] == "--max-old-space-size=160"
    bench.write(".npmrc", "node-options=--max-old-space-size=999999\n")
    assert await bench.fixes(HEAP) == []


async def test_a_pin_that_was_taken_back_gives_way_to_its_next_repair_as_a_changed_promise(bench):
    bench.python()
    bench.write("requirements.txt", "lantern==2.32.0\n")
    bench.index.has("lantern", v2_31_0="2024-01-01", v2_32_0="2024-02-01", v2_32_2="2024-03-01", v2_33_0="2024-04-01")
    gone = Release(version="2.32.1", uploaded=1.0, yanked=True)
    bench.index.known["lantern"] = (*bench.index.known["lantern"], gone)
    (proposal,) = (await bench.diagnose(YANKED)).candidates
    assert proposal.act.arguments["new"] == "lantern==2.32.2"
    assert "becomes `lantern==2.32.2`" in proposal.promise


async def test_a_pin_without_a_repair_of_its_own_is_left_to_a_person(bench):
    bench.python()
    bench.write("requirements.txt", "lantern==2.32.0\n")
    bench.index.has("lantern", v2_32_0="2024-02-01", v2_33_0="2024-04-01")
    diagnosis = await bench.diagnose(YANKED)
    assert diagnosis.candidates == ()
    assert "pin another release" in diagnosis.advice
