"""The demo: one sentence in, a verified result out, on a copy of examples/shop whose deployment fails for real.

At a terminal you answer the question yourself; without one, a second process answers with `interlock approve`.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / ".demo"
SHOP = PLACE / "shop"
BIN = ROOT / ".venv" / "bin"
WORDS = "Keep fixing the deployment until it passes all tests, but ask me if cost goes above $50."
WAITS = 10


def main() -> int:
    """Prepare the shop anew, keep what was remembered, and hand over the sentence."""
    os.environ["INTERLOCK_HOME"] = str(PLACE / "home")
    say("a small web shop whose deployment fails for several real reasons, each hiding the next")
    prepare()
    say(f'interlock run "{WORDS}"')
    if sys.stdin.isatty() and sys.stdout.isatty():
        code = interlock("run", WORDS, "--workspace", str(SHOP))
    else:
        code = interlock("run", WORDS, "--workspace", str(SHOP), "--non-interactive")
        while code == WAITS:
            question = waiting()
            say(f"a second process answers: interlock approve {question}")
            code = interlock("approve", question)
    return code


def prepare() -> None:
    """A fresh copy of the example with its history, and a virtual environment with the newest that its pins allow."""
    shutil.rmtree(SHOP, ignore_errors=True)
    shutil.copytree(ROOT / "examples" / "shop", SHOP, ignore=shutil.ignore_patterns("__pycache__", ".venv", "var"))
    run([str(ROOT / "examples" / "history.sh"), str(SHOP)])
    uv = str(BIN / "uv")
    run([uv, "venv", "--quiet", "--python", sys.executable, ".venv"])
    requirements = ["-r", "requirements.txt", "-r", "requirements-dev.txt"]
    run([uv, "pip", "install", "--quiet", "--python", ".venv/bin/python", *requirements])


def waiting() -> str:
    """The id of the newest open question."""
    listed = subprocess.run(
        [str(BIN / "interlock"), "ls", "--waiting", "--json"], capture_output=True, text=True, check=True
    )
    return str(json.loads(listed.stdout.splitlines()[0])["question"])


def run(command: list[str]) -> None:
    """A step of the preparation; what went wrong is printed, and the demo ends."""
    done = subprocess.run(command, cwd=SHOP, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"demo: `{' '.join(command)}` failed:\n{done.stdout}{done.stderr}")


def interlock(*words: str) -> int:
    """Run the installed command, on this terminal."""
    return subprocess.run([str(BIN / "interlock"), *words], check=False).returncode


def say(words: str) -> None:
    """A line of the demo itself."""
    print(f"\n▸ {words}\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
