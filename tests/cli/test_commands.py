"""Every command of the command line: its help, its exit code, and the shape of what it prints."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from interlock.cli.app import COMMANDS, GROUPS
from interlock.core.events import decode
from shell import BUILD, DEAR, SENTENCE, SMOKE, Command, MakeWorkspace, the_session

ALONE = (
    "run ls show watch logs approve reject edit pause resume stop undo work explain replay init doctor completion read"
)
GROUPED = {
    "audit": "verify export show",
    "memory": "show forget export import",
    "policy": "check test explain",
    "catalog": "list lint test match",
    "mcp": "list approve revoke",
    "preferences": "show set unset export",
    "organisation": "show set unset export",
    "notify": "test ls deliver",
    "store": "backup prune",
}
EVERY = [(name,) for name in ALONE.split()] + [(group, name) for group in GROUPED for name in GROUPED[group].split()]
QUIETLY = ("--non-interactive",)


def test_the_commands_are_those_of_the_manual() -> None:
    assert set(COMMANDS) == set(ALONE.split())
    assert {group: " ".join(names) for group, (_, _, names) in GROUPS.items()} == GROUPED


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_help_says_what_the_command_does_and_shows_an_example(interlock: Command, words: tuple[str, ...]) -> None:
    said = interlock(*words, "--help")
    assert said.code == 0
    assert f"Usage: interlock {' '.join(words)}" in said.out
    assert "Example" in said.out
    assert f"interlock {' '.join(words)}" in said.out.partition("Example")[2]


@pytest.mark.parametrize("group", sorted(GROUPED))
def test_a_group_says_what_each_of_its_commands_does(interlock: Command, group: str) -> None:
    said = interlock(group).out
    assert all(f"{name} " in said and summary in said for name, summary in GROUPS[group][2].items())


def test_the_first_help_names_every_command_the_exit_codes_and_examples(interlock: Command) -> None:
    said = " ".join(interlock("--help").out.split())
    assert all(name in said for name in (*ALONE.split(), *GROUPED))
    assert all(code in said for code in ("10 waits", "11 paused", "20 ended", "21 rejected", "2 usage", "1 internal"))
    assert 'interlock run "' in said


def test_the_version_is_said(interlock: Command) -> None:
    from importlib.metadata import version

    done = subprocess.run([shutil.which("python3", path=_beside()) or "", "-m", "interlock", "--version"],
                          capture_output=True, text=True, check=True)  # fmt: skip
    assert done.stdout == f"interlock {version('interlock')}\n"


def test_an_empty_list_says_how_to_begin(interlock: Command) -> None:
    said = interlock("ls")
    assert said.code == 0
    assert "no sessions yet" in said.out
    assert "interlock run" in said.out
    assert interlock("ls", "--json") == (0, "", "")


def test_a_run_that_succeeds_ends_with_0_and_says_so(interlock: Command, workspace: MakeWorkspace) -> None:
    said = interlock("run", SENTENCE, "--workspace", workspace(), *QUIETLY)
    assert said.code == 0
    assert said.err == ""
    assert "success · 1 iteration" in said.out
    assert "\x1b" not in said.out, "no colour where the output is no terminal"
    assert "success" in interlock("ls").out


def test_json_is_the_committed_record_to_the_byte(interlock: Command, workspace: MakeWorkspace, home: Path) -> None:
    run = interlock("run", SENTENCE, "--workspace", workspace(), "--json")
    session = the_session(interlock)["id"]
    assert run.code == 0
    assert interlock("audit", "export", session).out == run.out
    assert interlock("watch", session, "--json").out == run.out
    assert interlock("audit", "export").out == run.out
    envelopes = [decode(line) for line in run.out.encode().splitlines()]
    assert [each.seq for each in envelopes] == list(range(1, len(envelopes) + 1))
    assert {each.session for each in envelopes} == {session}
    assert run.out.encode() == b"".join(line + b"\n" for line in _stored(home))


def test_show_json_is_one_object_with_id_status_and_outcome(interlock: Command, workspace: MakeWorkspace) -> None:
    interlock("run", SENTENCE, "--workspace", workspace(), *QUIETLY)
    session = the_session(interlock)["id"]
    [shown] = interlock("show", session, "--json").lines
    assert (shown["id"], shown["status"], shown["outcome"]) == (session, "ended", "success")


@pytest.mark.parametrize("beginning", ["whole", "without its prefix", "a few digits"])
def test_an_id_may_be_said_by_a_unique_beginning(interlock: Command, workspace: MakeWorkspace, beginning: str) -> None:
    interlock("run", SENTENCE, "--workspace", workspace(), "--detach")
    session = the_session(interlock)["id"]
    said = {"whole": session, "without its prefix": session[4:], "a few digits": session[:7]}[beginning]
    assert interlock("show", said, "--json").lines[0]["id"] == session
    assert interlock("show", "ses", "--json").lines[0]["id"] == session


def test_detach_prints_the_id_and_begins_nothing(interlock: Command, workspace: MakeWorkspace) -> None:
    folder = workspace()
    said = interlock("run", SENTENCE, "--workspace", folder, "--detach", "--quiet")
    session = the_session(interlock)
    assert said == (0, f"{session['id']}\n", "")
    assert session["status"] == "queued"
    assert not (folder / "built").exists()
    assert interlock("resume", session["id"]).code == 0
    assert (folder / "built").exists()


def test_quiet_prints_the_outcome_only(interlock: Command, workspace: MakeWorkspace) -> None:
    said = interlock("run", SENTENCE, "--workspace", workspace(), "--quiet", *QUIETLY)
    assert said.code == 0
    assert "success" in said.out
    assert "done when" not in said.out
    assert "proposes" not in said.out


def test_looking_at_a_session_that_ended(interlock: Command, workspace: MakeWorkspace) -> None:
    interlock("run", SENTENCE, "--workspace", workspace(), *QUIETLY)
    session = the_session(interlock)["id"]
    assert interlock("logs", session).out.splitlines() == ["── 1 task:build", "── 1 check:smoke", "1 passed"]
    assert interlock("replay", session).out.splitlines()[-1] == "1 of 1 decisions identical"
    assert interlock("replay", session, "--json").code == 0
    explained = interlock("explain", session)
    assert (explained.code, "checks_pass" in explained.out) == (0, True)
    assert interlock("explain", session, "--decision", "1", "--json").code == 0
    assert "policy `declared-work`" in interlock("policy", "explain", session).out
    verified = interlock("audit", "verify")
    assert (verified.code, verified.out.startswith("intact: ")) == (0, True)
    assert interlock("audit", "show").out.startswith("log ")
    watched = interlock("watch", session, "--since", "5", "--json")
    assert next(event["seq"] for event in watched.lines) == 6


def test_the_store_can_be_backed_up_verified_and_pruned(
    interlock: Command, workspace: MakeWorkspace, tmp_path: Path
) -> None:
    interlock("run", SENTENCE, "--workspace", workspace(), *QUIETLY)
    assert interlock("store", "backup", tmp_path / "copy.db").code == 0
    assert interlock("store", "prune", "--days", "0").out.startswith("pruned 1 session ")
    assert interlock("audit", "verify").code == 0


def test_an_end_by_a_limit_is_20(interlock: Command, workspace: MakeWorkspace) -> None:
    folder = workspace('[tasks.build]\nrun = ["true"]\n' + SMOKE)
    assert interlock("run", SENTENCE, "--workspace", folder, "--max-iterations", "1", *QUIETLY).code == 20
    assert the_session(interlock)["outcome"] == "max_iterations"


def test_an_end_by_the_cap_is_20_and_nothing_was_spent(interlock: Command, workspace: MakeWorkspace) -> None:
    folder = workspace(DEAR)
    said = interlock("run", SENTENCE, "--workspace", folder, "--ask-above", "2", "--cap", "3", *QUIETLY)
    assert said.code == 20
    assert the_session(interlock)["outcome"] == "budget_exceeded"
    assert not (folder / "built").exists()


def test_a_question_ends_with_10_a_rejection_with_21_a_stop_with_22(
    interlock: Command, workspace: MakeWorkspace
) -> None:
    folder = workspace(DEAR)
    for answer, code in (("reject", 21), ("stop", 22)):
        run = interlock("run", SENTENCE, "--workspace", folder, *QUIETLY)
        assert run.code == 10
        session = interlock("ls", "--json").lines[0]
        assert session["status"] == "waiting"
        assert interlock(answer, session["id"], "--reason", "not today").code == code
        watched = interlock("watch", session["id"])
        assert watched.code == code
        assert "not today" in watched.out
    assert not (folder / "built").exists()


def test_a_tampered_record_is_found_and_named_with_3(interlock: Command, workspace: MakeWorkspace, home: Path) -> None:
    import sqlite3
    from contextlib import closing

    interlock("run", SENTENCE, "--workspace", workspace(), *QUIETLY)
    session = the_session(interlock)["id"]
    with closing(sqlite3.connect(home / "interlock.db")) as db, db:
        db.execute("UPDATE events SET body = CAST(body || ' ' AS BLOB) WHERE seq = 5")
    said = interlock("audit", "verify")
    assert said.code == 3
    assert f"session {session}, event 5" in said.err


def test_memory_is_shown_forgotten_and_exported(interlock: Command, workspace: MakeWorkspace) -> None:
    folder = workspace('[tasks.build]\nrun = ["./build.sh"]\n' + SMOKE,
                       build="#!/bin/sh\ntouch out/x || exit 1\ntouch built\n")  # fmt: skip
    assert interlock("run", SENTENCE, "--workspace", folder, *QUIETLY).code == 0
    [_, learned, _] = interlock("memory", "export").lines
    assert learned["fix"] in interlock("memory", "show").out
    assert interlock("memory", "forget", learned["fingerprint"]).out.startswith("forgot 1 record")
    assert len(interlock("memory", "export").lines) == 2
    assert interlock("memory", "forget", learned["fingerprint"]).code == 2


def test_catalogue_and_policies_can_be_checked(interlock: Command, tmp_path: Path) -> None:
    assert interlock("catalog", "lint").code == 0
    assert interlock("catalog", "test").code == 0
    assert interlock("policy", "check").code == 0
    assert interlock("policy", "test").code == 0
    output = tmp_path / "output.txt"
    output.write_text("FileNotFoundError: [Errno 2] No such file or directory: 'var/cache/x'\n")
    assert "missing-directory" in interlock("catalog", "match", output).out
    output.write_text("nothing that anybody knows\n")
    assert interlock("catalog", "match", output).code == 2


def test_init_writes_a_file_that_a_run_takes(interlock: Command, workspace: MakeWorkspace) -> None:
    folder = workspace(None)
    assert interlock("init", folder).code == 0
    assert "[checks.check]" in (folder / "interlock.toml").read_text()
    assert interlock("run", SENTENCE, "--workspace", folder, "--detach").code == 0
    again = interlock("init", folder)
    assert (again.code, "there already" in again.err) == (2, True)


def test_doctor_says_what_this_machine_has(interlock: Command) -> None:
    [found] = interlock("doctor", "--json").lines
    assert set(found) == {"python", "sqlite", "sandbox", "uv", "git", "store", "settings", "notices"}
    assert all(set(each) == {"ok", "words"} for each in found.values())
    assert interlock("doctor").code == (0 if all(each["ok"] for each in found.values()) else 1)


def test_read_shows_a_reading_and_begins_nothing(interlock: Command) -> None:
    said = interlock("read", "Fix it until pytest passes, but ask me if cost goes above $50.", "--json")
    [reading] = said.lines
    assert (said.code, reading["expect"], reading["ask_above_usd"]) == (0, "read", 50)
    assert interlock("read", "asdf qwer").code == 2
    assert interlock("ls", "--json").out == ""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_is_printed_and_the_shell_takes_it(interlock: Command, tmp_path: Path, shell: str) -> None:
    said = interlock("completion", shell)
    assert said.code == 0
    assert all(name in said.out for name in ("approve", "audit", "replay"))
    if (program := shutil.which(shell)) is not None:
        (tmp_path / "script").write_text(said.out)
        subprocess.run([program, "-n", str(tmp_path / "script")], check=True)


def test_the_shell_is_found_in_the_environment(interlock: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/usr/bin/fish")
    assert interlock("completion").out == interlock("completion", "fish").out
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    assert interlock("completion").code == 2


def test_a_reader_who_leaves_early_is_no_error(interlock: Command, workspace: MakeWorkspace, home: Path) -> None:
    interlock("run", SENTENCE, "--workspace", workspace(BUILD + SMOKE), "--detach")
    words = 'exec "$0" -m interlock audit export | true'
    done = subprocess.run(["bash", "-o", "pipefail", "-c", words, _python()], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def _python() -> str:
    import sys

    return sys.executable


def _beside() -> str:
    return os.path.dirname(_python())


def _stored(home: Path) -> list[bytes]:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(f"file:{home}/interlock.db?mode=ro", uri=True)) as db:
        rows = db.execute("SELECT body FROM events WHERE session <> '' ORDER BY leaf").fetchall()
    return [row[0].encode() if isinstance(row[0], str) else bytes(row[0]) for row in rows]
