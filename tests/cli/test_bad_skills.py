"""Work that misbehaves: it hangs, floods, forks, won't end, prints secrets, proves nothing, or changes its checks."""

import time
from pathlib import Path

import psutil
import pytest

from shell import SENTENCE, SMOKE, Command, MakeWorkspace, the_session

QUIETLY = ("--non-interactive",)
BUILD = '[tasks.build]\nrun = ["./build.sh"]\ntimeout = "2s"\n' + SMOKE
MARK = "interlock-test-straggler"


@pytest.mark.parametrize(
    ("build", "why"),
    [
        ("sleep 600", "hangs"),
        ("trap '' TERM; while :; do sleep 1; done", "ignores SIGTERM"),
        (f"setsid sh -c 'exec -a {MARK} sleep 600' & exec bash -c 'exec -a {MARK} sleep 600'", "leaves a grandchild"),
    ],
)
def test_a_task_that_does_not_end_is_ended_with_all_that_it_started(
    interlock: Command, workspace: MakeWorkspace, build: str, why: str
) -> None:
    began = time.monotonic()
    said = interlock(
        "run",
        SENTENCE,
        "--workspace",
        workspace(BUILD, build=f"#!/bin/bash\n{build}\n"),
        "--max-iterations",
        "1",
        *QUIETLY,
    )
    assert said.code == 20, why
    assert time.monotonic() - began < 40
    assert "timeout" in interlock("audit", "export").out
    assert not [each for each in psutil.process_iter(["cmdline"]) if MARK in " ".join(each.info["cmdline"] or [])]


def test_a_flood_of_output_is_cut_short_and_the_store_stays_small(
    interlock: Command, workspace: MakeWorkspace, home: Path
) -> None:
    flood = "#!/bin/sh\nyes 'all work and no play' | head -c 1000000000\ntouch built\n"
    folder = workspace(BUILD.replace("2s", "5m"), build=flood)
    assert interlock("run", SENTENCE, "--workspace", folder, "--quiet", *QUIETLY).code == 10
    assert "bytes not kept" in interlock("logs", "ses").out
    assert sum(file.stat().st_size for file in home.rglob("*") if file.is_file()) < 100_000_000
    assert "flooded after" in interlock("watch", "ses").out


def test_of_a_flood_only_a_beginning_is_shown(interlock: Command, workspace: MakeWorkspace) -> None:
    folder = workspace(BUILD.replace("2s", "5m"), build="#!/bin/sh\nseq 200000\ntouch built\n")
    said = interlock("run", SENTENCE, "--workspace", folder, *QUIETLY)
    assert said.code == 0
    assert "│ 20\n" in said.out
    assert "│ 21\n" not in said.out
    assert "… more; `interlock logs` shows all of it" in said.out
    assert "\n200000\n" in interlock("logs", "ses").out


def test_forks_without_end_end_with_the_task(interlock: Command, workspace: MakeWorkspace) -> None:
    forks = f"#!/bin/bash\nfor i in $(seq 200); do (exec -a {MARK} sleep 600) & done\nwait\n"
    folder = workspace(BUILD, build=forks)
    assert interlock("run", SENTENCE, "--workspace", folder, "--max-iterations", "1", *QUIETLY).code == 20
    assert not [each for each in psutil.process_iter(["cmdline"]) if MARK in " ".join(each.info["cmdline"] or [])]


def test_secrets_are_masked_escapes_stripped_and_broken_bytes_replaced(
    interlock: Command, workspace: MakeWorkspace, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_API_TOKEN", "correct-horse-battery")
    token = "ghp_" + "a1B2c3D4e5" * 4
    build = f"""#!/bin/bash
printf 'one \\xff\\xfe two\\n'
printf '\\033]0;owned\\007\\033[31mred\\033[0m \\033[2J\\033[1;1Hok\\n'
echo 'TOKEN={token}'; echo correct-horse-battery; echo postgres://shop:hunter22@db/shop
touch built
"""
    said = interlock("run", SENTENCE, "--workspace", workspace(BUILD, build=build), *QUIETLY)
    assert said.code == 0
    session = the_session(interlock)["id"]
    everywhere = [said.out, interlock("logs", session).out, interlock("audit", "export").out]
    # the workspace's own files are kept as they are, to undo acts; everything else comes from what was printed
    stored = [file for file in home.rglob("*") if file.is_file() and file.relative_to(home).parts[0] != "kept"]
    kept = b"".join(file.read_bytes() for file in stored).decode(errors="replace")
    for secret in (token, "correct-horse-battery", "hunter22"):
        assert not [text for text in (*everywhere, kept) if secret in text]
    for trick in ("\x1b", "owned"):
        assert not [text for text in everywhere if trick in text]
    logs = everywhere[1]
    assert "one \ufffd\ufffd two" in logs
    assert "red ok" in logs
    assert "[masked]" in logs


@pytest.mark.parametrize(
    "printed",
    [
        "collected 0 items\n\n============ no tests ran in 0.01s ============",
        "Ran 0 tests in 0.000s\n\nOK",
        "?   shop [no test files]",
        "running 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored",
    ],
)
def test_a_check_that_tests_nothing_is_no_success(interlock: Command, workspace: MakeWorkspace, printed: str) -> None:
    folder = workspace(
        '[tasks.build]\nrun = ["touch", "built"]\n' + SMOKE, check=f"#!/bin/sh\ncat <<'X'\n{printed}\nX\n"
    )
    said = interlock("run", SENTENCE, "--workspace", folder, "--max-iterations", "2", *QUIETLY)
    assert said.code in (10, 20)
    assert the_session(interlock)["outcome"] != "success"
    assert "success" not in interlock("ls").out


def test_a_folder_without_any_check_is_no_success(interlock: Command, workspace: MakeWorkspace) -> None:
    folder = workspace('[tasks.build]\nrun = ["touch", "built"]\n')
    said = interlock("run", "Build it.", "--workspace", folder, "--max-iterations", "2", *QUIETLY)
    assert said.code in (2, 10, 20)
    assert "nothing would prove success" in said.all


def test_a_check_that_was_changed_on_the_way_is_asked_about(interlock: Command, workspace: MakeWorkspace) -> None:
    build = "#!/bin/sh\necho 'exit 0' > check.sh\ntouch built\n"
    folder = workspace('[tasks.build]\nrun = ["./build.sh"]\n' + SMOKE, build=build)
    said = interlock("run", SENTENCE, "--workspace", folder, *QUIETLY)
    session = the_session(interlock)
    if session["status"] == "ended":
        assert session["outcome"] != "success", "the check's own file was rewritten by the work"
    else:
        assert said.code == 10
        assert "`checks_changed`" in said.out
        assert "check.sh" in said.out


def test_a_program_that_is_not_there_is_named(interlock: Command, workspace: MakeWorkspace) -> None:
    folder = workspace('[tasks.build]\nrun = ["no-such-program"]\n' + SMOKE)
    said = interlock("run", SENTENCE, "--workspace", folder, "--max-iterations", "3", *QUIETLY)
    assert said.code in (10, 20)
    assert "no-such-program" in said.out
