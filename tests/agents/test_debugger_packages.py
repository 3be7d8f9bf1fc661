"""Packages that drifted apart or are missing: which remedies, in which order, on what evidence."""

DRIFT = """Traceback (most recent call last):
  File "/srv/app.py", line 1, in <module>
    import lantern
  File "/srv/.venv/lib/python3.11/site-packages/lantern/__init__.py", line 4, in <module>
    from wick.urls import quote_url
ImportError: cannot import name 'quote_url' from 'wick.urls' (/srv/.venv/lib/python3.11/site-packages/wick/urls.py)
"""
AFTERWARDS = """Traceback (most recent call last):
  File "/srv/app.py", line 1, in <module>
    import lantern
  File "/srv/.venv/lib/python3.11/site-packages/lantern/__init__.py", line 4, in <module>
    import oil
TypeError: metaclass conflict
"""
MISSING = """Traceback (most recent call last):
  File "/srv/app.py", line 1, in <module>
    import {module}
ModuleNotFoundError: No module named '{module}'
"""


def drifted(bench, pin="lantern==2.2"):
    bench.python()
    bench.write("requirements.txt", f"{pin}  # the lamp\n-r other.txt\n")
    bench.installed("lantern", "2.2", requires=("wick>=1.0",))
    bench.installed("wick", "3.1.0")
    bench.index.has("lantern", v2_0="2019-01-01", v2_2="2020-03-04T11:12:13", v3_0="2024-01-01")
    bench.index.has("wick", v1_0="2018-01-01", v2_9="2020-01-01", v3_0="2023-01-01", v3_1_0="2024-01-01")


async def test_a_drift_is_stepped_back_through_time_and_versions_in_this_order(bench):
    drifted(bench)
    diagnosis = await bench.diagnose(DRIFT)
    assert diagnosis.pattern == "package-drift"
    assert [
        (each.act.arguments["packages"], each.act.arguments.get("exclude_newer")) for each in diagnosis.candidates
    ] == [
        (["lantern==2.2"], "2020-03-05"),
        (["lantern==2.2"], "2022-10-24"),
        (["lantern==2.2", "wick<3"], None),
        (["lantern==2.2", "wick==3.0"], None),
    ]
    assert all(
        each.act.skill == "packages.install" and each.act.arguments["reinstall"] for each in diagnosis.candidates
    )


async def test_only_the_tree_that_broke_is_dated_back_and_the_newest_pin_comes_after(bench):
    drifted(bench)
    bench.write("requirements.txt", "lantern==2.2\nshade==5\n")
    bench.index.has("shade", v5="2024-05-05")
    assert await bench.fixes(DRIFT) == [
        "package-drift:as-of:lantern@2020-03-05",
        "package-drift:as-of:lantern@2022-10-24",
        "package-drift:as-of:all@2024-05-06",
        "package-drift:older:wick<3",
        "package-drift:older:wick==3.0",
    ]


async def test_without_a_pin_the_interpreters_date_is_the_first(bench):
    drifted(bench, pin="lantern")
    assert (await bench.fixes(DRIFT))[0] == "package-drift:as-of:lantern@2022-10-24"


async def test_the_requirement_that_brought_the_suspect_in_is_found_through_others(bench):
    drifted(bench)
    bench.write("requirements.txt", "house==1\n")
    bench.installed("house", "1", requires=("lantern", "unrelated; extra == 'x'"))
    bench.index.has("house", v1="2020-06-01")
    assert (await bench.fixes(DRIFT))[0] == "package-drift:as-of:house@2020-06-02"


async def test_the_persons_own_pin_is_never_overruled(bench):
    drifted(bench)
    bench.write("requirements.txt", "lantern==2.2\nwick==3.1.0\n")
    assert not [fix for fix in await bench.fixes(DRIFT) if "older" in fix]


async def test_a_pinned_package_that_does_not_know_this_python_goes_to_a_person(bench):
    drifted(bench)
    bench.index.has("lantern", v2_2="2020-03-04")
    text = DRIFT.replace("'quote_url' from 'wick.urls'", "'gcd' from 'fractions'")
    diagnosis = await bench.diagnose(text)
    assert diagnosis.candidates == ()
    assert "`lantern==2.2` (pinned in `requirements.txt`) does not work on Python 3.11" in diagnosis.advice


async def test_with_the_index_down_what_needs_no_dates_remains_and_it_is_said(bench):
    drifted(bench)
    bench.index.down = True
    diagnosis = await bench.diagnose(DRIFT)
    assert [each.fix for each in diagnosis.candidates] == [
        "package-drift:as-of:lantern@2022-10-24",
        "package-drift:older:wick<3",
    ]
    assert "does not answer" in diagnosis.advice


async def test_what_was_installed_in_vain_is_not_installed_again_for_the_next_failure(bench):
    drifted(bench)
    bench.installed("oil", "1.0")
    bench.has_tried(DRIFT, "missing-module:as-of:lantern@2020-03-05")
    assert "package-drift:as-of:lantern@2020-03-05" not in await bench.fixes(AFTERWARDS)


async def test_what_worked_last_time_is_tried_first_this_time(bench):
    drifted(bench)
    bench.remember(DRIFT, "package-drift:as-of:lantern@2020-03-05", 0, 1)
    bench.remember(DRIFT, "package-drift:older:wick<3", 1, 1)
    fixes = await bench.fixes(DRIFT)
    assert (fixes[0], fixes[-1]) == ("package-drift:older:wick<3", "package-drift:as-of:lantern@2020-03-05")


async def test_packages_that_call_each_other_wrongly_are_stepped_back_too(bench):
    drifted(bench)
    text = DRIFT.replace("line 4, in <module>", "line 4, in light").replace(
        DRIFT.splitlines()[-1], "TypeError: Client.__init__() got an unexpected keyword argument 'flame'"
    )
    diagnosis = await bench.diagnose(text)
    assert (diagnosis.pattern, diagnosis.candidates[0].fix) == (
        "package-misfit",
        "package-misfit:as-of:lantern@2020-03-05",
    )


async def test_the_projects_own_modules_do_not_drift(bench):
    bench.python()
    text = "ImportError: cannot import name 'Order' from 'shop.models' (/srv/site-packages/../shop/models.py)\n"
    assert (await bench.diagnose(text)).candidates == ()


async def test_a_failing_call_into_a_package_is_no_drift(bench):
    drifted(bench)
    called = DRIFT.replace("line 4, in <module>", "line 4, in light")
    called = called.replace(called.splitlines()[-1], "ValueError: no oil")
    assert (await bench.diagnose(called)).pattern is None


async def test_a_missing_module_that_is_declared_is_installed_with_its_whole_file(bench):
    bench.python()
    bench.write("requirements-dev.txt", "pytest==8.3.5\nruff\n")
    (proposal,) = (await bench.diagnose("/srv/.venv/bin/python: No module named pytest\n")).candidates
    assert proposal.act.arguments == {
        "packages": ["pytest==8.3.5"],
        "requirements": ["requirements-dev.txt"],
        "venv": ".venv",
    }


async def test_a_dependency_of_pyproject_counts_as_declared(bench):
    bench.python()
    bench.write("pyproject.toml", '[project]\nname = "x"\ndependencies = ["PyYAML>=6 ; python_version > \'3\'"]\n')
    (proposal,) = (await bench.diagnose(MISSING.format(module="yaml"))).candidates
    assert proposal.act.arguments["packages"] == ["PyYAML>=6"]


async def test_a_well_known_module_comes_from_its_distribution_newest_first(bench):
    bench.python()
    assert await bench.fixes(MISSING.format(module="dateutil")) == [
        "missing-module:provide:python-dateutil",
        "missing-module:provide:python-dateutil@2022-10-24",
    ]


async def test_a_provider_that_lacks_the_module_is_stepped_back(bench):
    bench.python()
    bench.modules["candle"] = "wax"
    bench.installed("wax", "90.1", "wax")
    bench.index.has("wax", v80_2="2024-01-01", v89_9="2025-01-01", v90_1="2026-01-01")
    assert await bench.fixes(MISSING.format(module="candle")) == [
        "missing-module:provide:wax@2022-10-24",
        "missing-module:provide:wax==89.9",
    ]


async def test_a_name_that_nobody_knows_is_never_installed_on_the_texts_word(bench):
    bench.python()
    diagnosis = await bench.diagnose(MISSING.format(module="reqeusts"))
    assert diagnosis.candidates == ()
    assert "declare the package that is meant" in diagnosis.advice
    named = await bench.diagnose("RuntimeError: this requires the evil-thing package to be installed.\n")
    assert named.candidates == ()
    assert "nothing else here knows" in named.advice


async def test_the_projects_own_module_is_not_looked_for_elsewhere(bench):
    bench.python()
    bench.write("yaml/__init__.py", "")
    diagnosis = await bench.diagnose(MISSING.format(module="yaml"))
    assert diagnosis.candidates == ()
    assert "the project's own" in diagnosis.advice


async def test_an_extra_of_the_package_that_asks_says_what_it_needs(bench):
    bench.python()
    bench.installed("lantern", "2.2", requires=("snuffer>=1.2 ; extra == 'full'",))
    text = DRIFT.replace("from wick.urls import quote_url", "import snuffer").splitlines()[:-1]
    output = "\n".join((*text, "RuntimeError: lantern requires the snuffer package to be installed."))
    proposal = (await bench.diagnose(output)).candidates[0]
    assert proposal.act.arguments["packages"] == ["snuffer>=1.2"]
    assert "`lantern` names `snuffer>=1.2` in its own metadata" in proposal.why


async def test_a_module_missing_inside_a_package_is_also_a_drift(bench):
    drifted(bench)
    text = DRIFT.replace(DRIFT.splitlines()[-1], "ModuleNotFoundError: No module named 'candle'")
    assert (await bench.fixes(text))[0] == "missing-module:as-of:lantern@2020-03-05"
    bench.modules["candle"] = "wax"
    assert (await bench.fixes(text))[:3] == [
        "missing-module:provide:wax",
        "missing-module:provide:wax@2022-10-24",
        "missing-module:as-of:lantern@2020-03-05",
    ]


async def test_a_part_missing_from_a_module_that_is_there_is_a_drift(bench):
    drifted(bench)
    text = DRIFT.replace(DRIFT.splitlines()[-1], "ModuleNotFoundError: No module named 'wick.contrib'")
    assert (await bench.fixes(text))[0] == "missing-module:as-of:lantern@2020-03-05"


async def test_a_renamed_package_is_replaced_where_it_is_required_if_the_new_name_is_well_known(bench):
    bench.python()
    bench.modules["oldlamp"] = "new-lamp"
    bench.write("requirements.txt", "# lamps\noldlamp\noil==1\n")
    (proposal,) = (await bench.diagnose("use 'new-lamp'\nrather than 'oldlamp' for pip commands\n")).candidates
    assert proposal.act.arguments == {"path": "requirements.txt", "content": "# lamps\nnew-lamp\noil==1\n"}
    stranger = await bench.diagnose("use 'evil-lamp' rather than 'oldlamp'\n")
    assert stranger.candidates == ()
    assert "if you trust that name" in stranger.advice


async def test_an_old_package_is_built_with_the_tools_of_this_pythons_time(bench):
    bench.python()
    bench.write("requirements.txt", "oldthing==0.3\n")
    bench.index.has("setuptools", v57="2021-01-01", v65="2022-09-01", v70="2024-01-01")
    failed = "error: Failed to build `oldthing`\nModuleNotFoundError: No module named 'pkg_resources'\n"
    (proposal,) = (await bench.diagnose(failed)).candidates
    assert proposal.act.arguments == {
        "requirements": ["requirements.txt"],
        "build": ["setuptools==65"],
        "venv": ".venv",
    }


async def test_what_the_build_tools_dropped_is_built_with_the_last_that_had_it(bench):
    bench.python()
    bench.write("requirements.txt", "oldthing==0.3\n")
    bench.index.has("setuptools", v57="2021-01-01", v65="2022-09-01", v70="2024-01-01")
    candidates = (await bench.diagnose("error: Failed to build `oldthing`\nuse_2to3 is invalid\n")).candidates
    assert [each.act.arguments["build"] for each in candidates] == [["setuptools<58"], ["setuptools==65"]]


async def test_without_a_virtual_environment_nothing_is_installed(bench):
    bench.write("requirements.txt", "lantern==2.2\n")
    assert await bench.fixes(DRIFT) == []
    assert await bench.fixes(MISSING.format(module="yaml")) == []


async def test_an_environment_that_is_gone_is_made_again_from_what_is_declared(bench):
    bench.write("requirements.txt", "lantern==2.2\nwick\n")
    text = "./check.sh: 2: exec: .venv/bin/python: not found\n"
    (proposal,) = (await bench.diagnose(text)).candidates
    assert proposal.act.arguments == {"requirements": ["requirements.txt"], "venv": ".venv"}
    bench.write(".venv/bin/python", "")
    assert await bench.fixes(text) == []


async def test_no_folder_is_made_where_an_environment_is_missing(bench):
    assert await bench.fixes("bash: line 1: .venv/bin/pytest: No such file or directory\n") == []
