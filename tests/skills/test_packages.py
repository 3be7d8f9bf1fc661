"""Packages: installed for real, verified, and told apart from what was there before."""

import pytest

pytestmark = pytest.mark.network


async def test_a_package_is_installed_into_an_environment_that_is_made_first(bench, root):
    made = bench()
    result = await made.do("packages.install", packages=["six==1.16.0"], timeout=120)
    assert result.ok and result.changed, result.output
    assert "six: absent → 1.16.0" in result.output and result.facts["after"]["six"] == "1.16.0"
    assert (root / ".venv/bin/python").exists()
    again = await made.do("packages.install", packages=["six==1.16.0"], timeout=120)
    assert again.ok and not again.changed and "no installed version changed" in again.output
    gone = await made.do("packages.uninstall", packages=["six"])
    assert gone.ok and "six: 1.16.0 → absent" in gone.output


async def test_a_date_holds_for_what_is_installed_already(bench, root):
    made = bench()
    (root / "requirements.txt").write_text("six\n")
    newest = await made.do("packages.sync", requirements=["requirements.txt"], timeout=120)
    dated = await made.do("packages.sync", requirements=["requirements.txt"], exclude_newer="2021-01-01", timeout=120)
    assert newest.ok and dated.ok, newest.output + dated.output
    assert newest.facts["after"]["six"] != "1.15.0" and dated.facts["after"]["six"] == "1.15.0"
    installed = await made.do("packages.install", packages=["six"], exclude_newer="2020-01-01", timeout=120)
    assert installed.facts["after"]["six"] == "1.13.0", installed.output


async def test_syncing_exactly_removes_what_is_not_needed(bench, root):
    made = bench()
    (root / "requirements.txt").write_text("six==1.16.0\n")
    await made.do("packages.install", packages=["six==1.15.0", "iniconfig==2.0.0"], timeout=120)
    kept = await made.do("packages.sync", requirements=["requirements.txt"], timeout=120)
    assert kept.facts["after"].get("iniconfig") == "2.0.0" and kept.facts["after"]["six"] == "1.16.0", kept.output
    exact = await made.do("packages.sync", requirements=["requirements.txt"], exact=True, timeout=120)
    assert "iniconfig" not in exact.facts["after"], exact.output


async def test_what_does_not_exist_fails_and_changes_nothing(bench):
    made = bench()
    await made.do("packages.install", packages=["six==1.16.0"], timeout=120)
    result = await made.do("packages.install", packages=["six==99"], timeout=120)
    assert not result.ok and not result.changed and "six==99" in result.output


async def test_without_a_network_a_warm_cache_is_enough(bench, root, monkeypatch):
    import shutil

    made = bench()
    assert (await made.do("packages.install", packages=["six==1.16.0"], timeout=120)).ok
    shutil.rmtree(root / ".venv")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    offline = await made.do("packages.install", packages=["six==1.16.0"], timeout=120)
    assert offline.ok and offline.facts["after"]["six"] == "1.16.0", offline.output


async def test_a_folder_that_is_no_environment_is_never_cleared(bench, root):
    (root / "src").mkdir()
    (root / "src/app.py").write_text("precious")
    result = await bench().do("packages.install", packages=["six"], venv="src")
    assert not result.ok and "no virtual environment" in result.output
    assert (root / "src/app.py").read_text() == "precious"
