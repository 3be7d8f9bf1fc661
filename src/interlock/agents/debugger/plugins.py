"""Remedies for tests that need a plugin: the option or fixture names it, the project must declare it."""

from collections.abc import Mapping

from packaging.utils import canonicalize_name

from interlock.agents.debugger.case import Answer, Case, Option
from interlock.agents.debugger.environment import Environment, bare
from interlock.agents.debugger.requirements import declared
from interlock.core.plan import Act

# What only one plugin brings; a name that several bring would be a guess.
PLUGINS: Mapping[str, str] = {
    "--cov": "pytest-cov",
    "--cov-report": "pytest-cov",
    "--numprocesses": "pytest-xdist",
    "-n": "pytest-xdist",
    "--timeout": "pytest-timeout",
    "--reruns": "pytest-rerunfailures",
    "--asyncio-mode": "pytest-asyncio",
    "--benchmark-only": "pytest-benchmark",
    "--randomly-seed": "pytest-randomly",
    "--ds": "pytest-django",
    "--html": "pytest-html",
    "mocker": "pytest-mock",
    "httpx_mock": "pytest-httpx",
    "respx_mock": "respx",
    "requests_mock": "requests-mock",
    "benchmark": "pytest-benchmark",
    "snapshot": "syrupy",
    "django_db_setup": "pytest-django",
    "settings": "pytest-django",
    "aiohttp_client": "pytest-aiohttp",
    "freezer": "pytest-freezer",
    "httpserver": "pytest-httpserver",
    "qtbot": "pytest-qt",
    "async": "pytest-asyncio",
}


async def provide_plugin(case: Case) -> Answer:
    """Install the plugin that brings the option or fixture, when the project declares it; else say which it is."""
    named = case.captures.get("name", "async").partition("=")[0]
    plugin = PLUGINS.get(named)
    environment = Environment(case.folder)
    if plugin is None:
        return Answer(advice=f"no plugin that is well known brings `{named}`; it may be misspelt, or the project's own")
    found = next((each for each in declared(case.folder) if each.name == canonicalize_name(plugin)), None)
    if environment.distributions.get(canonicalize_name(plugin)):
        return Answer(advice=f"`{plugin}` brings `{named}` and is installed: the tests run with another interpreter")
    if found is None or not environment.venv:
        return Answer(advice=f"`{plugin}` brings `{named}`; declare it in the project's requirements, if it is meant")
    arguments = {"packages": [bare(found.requirement)], "venv": environment.venv}
    why = f"`{found.file}` declares `{plugin}`, which brings `{named}`, and it is not installed"
    act = Act(skill="packages.install", arguments=arguments)
    return Answer(options=(Option(variant=f"declared:{plugin}", act=act, why=why, expects=f"`{named}` is known"),))
