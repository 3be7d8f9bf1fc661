"""Families of Python: what is not installed, environments that moved, packages that no longer build, odd settings."""

import sys

from bench.families.site import BIN, Family, Site, Skipped

UV = f"{BIN}/uv"
INSTALL = "uv pip install --quiet --python .venv/bin/python"


def tests_not_installed(site: Site) -> None:
    """The tests' own requirements are declared, and nobody installed them."""
    site.environment()
    site.write("pyproject.toml", '[project]\nname = "tally"\nversion = "1.0"\n'
               '[project.optional-dependencies]\ntest = ["pytest", "pytest-timeout"]\n')  # fmt: skip
    site.write("test_tally.py", "def test_total():\n    assert 2 + 2 == 4\n")
    site.check(".venv/bin/python -m pytest -q")


def variable_in_example(site: Site) -> None:
    """A setting that is no secret is in the tracked example alone."""
    site.write(".env.example", "REPORT_REGION=north\n")
    site.write("app.py", 'import os\n\nprint("region", os.environ["REPORT_REGION"])\n')
    site.check("set -a", "if [ -f .env ]; then . ./.env; fi", "set +a", "python3 app.py")
    site.write(".gitignore", ".env\n")
    site.repository()


def variable_is_secret(site: Site) -> None:
    """What is missing is a secret, which nobody may make up."""
    site.write(".env.example", "PAYMENT_API_TOKEN=\nREPORT_REGION=north\n")
    site.write("app.py", 'import os\n\nprint(len(os.environ["PAYMENT_API_TOKEN"]))\n')
    site.check("set -a", "if [ -f .env ]; then . ./.env; fi", "set +a", "python3 app.py")
    site.repository()


def value_not_listed(site: Site) -> None:
    """A tracked setting is misspelt, and the error lists what is allowed."""
    site.write("settings.toml", 'log_level = "INF"\nregion = "north"\n')
    site.write("app.py", "import tomllib\n\nLEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR']\n"
               'level = tomllib.load(open("settings.toml", "rb"))["log_level"]\n'
               'if level not in LEVELS:\n    raise SystemExit(f"{level!r} is not one of {LEVELS}")\n')  # fmt: skip
    site.check("python3 app.py")
    site.repository()


def choice_not_listed(site: Site) -> None:
    """The same from a command line parser, whose words are others."""
    site.write("deploy.ini", "[deploy]\nstage = stagin\n")
    site.write("app.py", "import argparse, configparser\n\nread = configparser.ConfigParser()\n"
               "read.read('deploy.ini')\n"
               "asked = argparse.ArgumentParser()\n"
               "asked.add_argument('--stage', choices=['testing', 'staging', 'production'])\n"
               "asked.parse_args(['--stage', read['deploy']['stage']])\n")  # fmt: skip
    site.check("python3 app.py")
    site.repository()


def moved_environment(site: Site) -> None:
    """The folder was moved after its environment was made: the scripts in it name an interpreter that is gone."""
    site.write("requirements.txt", "pytest\n")
    site.write("test_tally.py", "def test_total():\n    assert 2 + 2 == 4\n")
    site.must(UV, "venv", "--quiet", "--python", sys.executable, "old")
    site.must(UV, "pip", "install", "--quiet", "--python", "old/bin/python", "-r", "requirements.txt")
    (site.folder / "old").rename(site.folder / ".venv")
    site.check(".venv/bin/pytest -q", shell="/bin/bash -e")


def system_python(site: Site) -> None:
    """Packages are to go into a Python that belongs to the system."""
    marked = site.run("/usr/bin/python3", "-c", "import sysconfig; print(sysconfig.get_path('stdlib'))").stdout.strip()
    if not marked or site.run("test", "-e", f"{marked}/EXTERNALLY-MANAGED").returncode != 0:
        raise Skipped("this machine's own Python takes packages")
    site.write("requirements.txt", "iniconfig\n")
    site.write("app.py", "import iniconfig\n")
    site.check("PATH=/usr/bin:/bin", "if [ -d .venv ]; then PATH=$PWD/.venv/bin:$PATH; fi",
               "python3 -c 'import iniconfig' 2>/dev/null || python3 -m pip install --quiet -r requirements.txt",
               "python3 app.py")  # fmt: skip


def no_environments(site: Site) -> None:
    """This machine's Python came without the part that makes environments."""
    if site.run("/usr/bin/python3", "-c", "import ensurepip, venv").returncode == 0:
        raise Skipped("the Python of this machine can make environments")
    site.write("requirements.txt", "iniconfig\n")
    site.check("if [ ! -d .venv ]; then /usr/bin/python3 -m venv .venv; fi", ".venv/bin/python -c 'import iniconfig'")


def old_build(site: Site) -> None:
    """A package that only ever was a source archive meets today's build tools."""
    site.environment()
    site.write("requirements.txt", "anyjson==0.3.3\n")
    site.check(f"{INSTALL} --no-cache -r requirements.txt", ".venv/bin/python -c 'import anyjson'")


def header_missing(site: Site) -> None:
    """A part in C wants a header of the system that nobody installed."""
    site.needs("cc")
    site.write("part.c", "#include <leptonica/allheaders.h>\nint main(void) { return 0; }\n")
    site.check("cc -o part part.c", "./part")


def hash_mismatch(site: Site) -> None:
    """A download is not what its recorded hash promises."""
    site.environment()
    site.write("requirements.txt", f"iniconfig==2.0.0 --hash=sha256:{'0' * 63}1\n")
    site.check(f"{INSTALL} --require-hashes -r requirements.txt", ".venv/bin/python -c 'import iniconfig'")


def pins_exclude(site: Site) -> None:
    """Two pins of the user's own can't be had together."""
    site.environment()
    site.write("requirements.txt", "flask==2.2.2\nwerkzeug==2.0.0\n")
    site.check(f"{INSTALL} -r requirements.txt")


def yanked_pin(site: Site) -> None:
    """The pinned release was taken back by those who published it, and the build refuses such."""
    site.environment()
    site.write("requirements.txt", "requests==2.32.0\n")
    site.check("uv pip install --reinstall --no-deps --python .venv/bin/python -r requirements.txt 2> said.txt",
               "cat said.txt", "if grep -q 'is yanked' said.txt; then exit 1; fi")  # fmt: skip


def dummy_package(site: Site) -> None:
    """The name in the requirements is a signpost: what it stands for is published under another."""
    site.environment()
    site.write("requirements.txt", "sklearn\n")
    site.check(f"{INSTALL} --no-deps -r requirements.txt")


def option_of_plugin(site: Site) -> None:
    """An option belongs to a plugin that is declared and not installed."""
    site.environment("pytest")
    site.write("requirements-dev.txt", "pytest\npytest-cov\n")
    site.write("pytest.ini", "[pytest]\naddopts = --cov=tally\n")
    site.write("tally.py", "def total(prices):\n    return sum(prices)\n")
    site.write("test_tally.py", "from tally import total\n\n\ndef test_total():\n    assert total([2, 2]) == 4\n")
    site.check(".venv/bin/python -m pytest -q -p no:cacheprovider")


def no_tests(site: Site) -> None:
    """The runner finds no test at all: no success, and nothing to mend."""
    site.environment("pytest")
    site.write("tally.py", "def total(prices):\n    return sum(prices)\n")
    site.check(".venv/bin/python -m pytest -q -p no:cacheprovider")


PYTHON = (
    Family(number=4, name="the tests' requirements are not installed", ends="mended", build=tests_not_installed,
           signature="No module named pytest"),
    Family(number=8, name="a variable is only in the example", ends="mended", build=variable_in_example,
           signature="KeyError: 'REPORT_REGION'"),
    Family(number=8, name="a secret is missing", ends="asked", build=variable_is_secret,
           signature="KeyError: 'PAYMENT_API_TOKEN'", says="`PAYMENT_API_TOKEN` is not set"),
    Family(number=10, name="a value that is not listed", ends="mended", build=value_not_listed,
           signature="is not one of"),
    Family(number=10, name="a choice that is not listed", ends="mended", build=choice_not_listed,
           signature="invalid choice"),
    Family(number=12, name="an environment that was moved", ends="mended", build=moved_environment,
           signature="cannot execute|bad interpreter"),
    Family(number=15, name="this Python belongs to the system", ends="mended", build=system_python,
           signature="externally-managed-environment"),
    Family(number=16, name="a Python that makes no environments", ends="mended", build=no_environments,
           signature="ensurepip is not available"),
    Family(number=17, name="an old package and today's build tools", ends="mended", build=old_build,
           signature="use_2to3"),
    Family(number=18, name="a header of the system is missing", ends="asked", build=header_missing,
           signature="No such file", says="header"),
    Family(number=19, name="a download is not what its hash promises", ends="stopped", build=hash_mismatch,
           signature="[Hh]ash mismatch|HashMismatch", says="hash|tampered|promise"),
    Family(number=20, name="pins that exclude each other", ends="asked", build=pins_exclude,
           signature="No solution found", says="exclude each other"),
    Family(number=21, name="a pin that was yanked", ends="mended", build=yanked_pin, signature="is yanked"),
    Family(number=22, name="a package that is only a signpost", ends="mended", build=dummy_package,
           signature="rather than 'sklearn'"),
    Family(number=39, name="an option of a plugin that is not there", ends="mended", build=option_of_plugin,
           signature="unrecognized arguments: --cov"),
    Family(number=39, name="no test is found", ends="asked", build=no_tests, signature="no tests ran",
           says="no test"),
)  # fmt: skip
