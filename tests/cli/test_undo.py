"""`interlock undo` as a person uses it: what is put back, what is asked, what is named, and what a crash can't do."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from shell import Command, MakeWorkspace, Process, the_session

TOML = '[tasks.build]\nrun = ["./build.sh"]\nidempotent = true\n[checks.smoke]\nrun = ["./check.sh"]\n'
BUILD = "#!/bin/sh\necho new > a.txt\nrm b.txt\nchmod 600 c.txt\nmkdir made\necho x > made/x\nln -sfn /etc link\n"
QUIETLY = ("--non-interactive",)


@pytest.fixture
def done(interlock: Command, workspace: MakeWorkspace) -> tuple[Path, dict[str, object], str]:
    """A workspace as it was, after a session that built something in it; the folder, what it was, the session's id."""
    folder = workspace(TOML, build=BUILD, check="#!/bin/sh\ntest -e made/x\n")
    for name in "abc":
        (folder / f"{name}.txt").write_text(f"old {name}\n")
    (folder / "link").symlink_to("a.txt")
    was = tree(folder)
    assert interlock("run", "Build it until ./check.sh passes.", "--workspace", folder, *QUIETLY).code == 0
    assert tree(folder) != was
    return folder, was, the_session(interlock)["id"]


def tree(folder: Path) -> dict[str, object]:
    """Every path with what it is."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        content = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else None
        found[str(path.relative_to(folder))] = (path.lstat().st_mode, content)
    return found


def test_a_session_is_undone_and_twice_is_once(interlock: Command, done: tuple[Path, dict[str, object], str]) -> None:
    folder, was, session = done
    said = interlock("undo", session, *QUIETLY)
    assert said.code == 0, said.all
    assert tree(folder) == was
    again = interlock("undo", session, *QUIETLY)
    assert (again.code, "nothing is left to put back" in again.all) == (0, True)
    assert tree(folder) == was
    assert interlock("audit", "verify").code == 0


def test_an_undo_is_a_session_that_policy_judged_and_that_can_be_undone(
    interlock: Command, done: tuple[Path, dict[str, object], str]
) -> None:
    folder, _, session = done
    built = tree(folder)
    events = interlock("undo", session, "--json").lines
    assert [event["kind"] for event in events[:5]] == [
        "SessionStarted", "GoalUnderstood", "PlanMade", "ActionProposed", "CallAllowed",
    ]  # fmt: skip
    assert events[4]["data"]["because"] == ["change-inside-workspace"]
    assert events[-1]["data"]["outcome"] == "success"
    assert interlock("undo", events[0]["session"], *QUIETLY).code == 0
    assert tree(folder) == built


def test_a_dry_run_says_all_and_changes_nothing(interlock: Command, done: tuple[Path, dict[str, object], str]) -> None:
    folder, _, session = done
    built = tree(folder)
    plan = json.loads(interlock("undo", session, "--dry-run", "--json").out)
    assert {each["path"]: each["does"] for each in plan["restore"]} == {
        "a.txt": "put back", "b.txt": "put back", "c.txt": "put back", "link": "put back",
        "made": "remove", "made/x": "remove",
    }  # fmt: skip
    assert [each["asks"] for each in plan["restore"]] == [False] * 6
    assert "task `build` could reach the network" in plan["cannot"][0]["what"]
    said = interlock("undo", session, "--dry-run").out
    assert "removed, as the session made it: made/x" in said
    assert tree(folder) == built


def test_what_somebody_else_changed_since_is_overwritten_only_once_a_person_allows_it(
    interlock: Command, done: tuple[Path, dict[str, object], str]
) -> None:
    folder, was, session = done
    (folder / "a.txt").write_text("my own work\n")
    said = interlock("undo", session, *QUIETLY)
    assert said.code == 10
    assert "asked first: changed since, maybe by somebody else: a.txt" in said.out
    assert "destroys something" in said.out
    assert (folder / "a.txt").read_text() == "my own work\n"
    (question,) = [row["question"] for row in interlock("ls", "--json").lines if row["question"]]
    assert interlock("approve", question).code == 0
    assert tree(folder) == was


def test_an_approval_is_not_for_what_changed_after_it_was_asked(
    interlock: Command, done: tuple[Path, dict[str, object], str]
) -> None:
    folder, _, session = done
    (folder / "a.txt").write_text("my own work\n")
    assert interlock("undo", session, *QUIETLY).code == 10
    (folder / "a.txt").write_text("more of it\n")
    (question,) = [row["question"] for row in interlock("ls", "--json").lines if row["question"]]
    said = interlock("approve", question)
    assert (said.code, (folder / "a.txt").read_text()) == (20, "more of it\n")
    assert "changed since the undo was planned" in said.out


def test_a_no_leaves_everything_as_it_is(interlock: Command, done: tuple[Path, dict[str, object], str]) -> None:
    folder, _, session = done
    (folder / "a.txt").write_text("my own work\n")
    now = tree(folder)
    assert interlock("undo", session, *QUIETLY).code == 10
    (question,) = [row["question"] for row in interlock("ls", "--json").lines if row["question"]]
    assert interlock("reject", question).code == 21
    assert tree(folder) == now


def test_a_strangers_file_in_a_folder_that_the_session_made_stays(
    interlock: Command, done: tuple[Path, dict[str, object], str]
) -> None:
    folder, _, session = done
    (folder / "made" / "mine").write_text("mine\n")
    said = interlock("undo", session, *QUIETLY)
    assert said.code == 0
    assert "can't be undone: folder `made` holds what the session did not put there" in said.out
    assert [path.name for path in (folder / "made").iterdir()] == ["mine"]


def test_a_folder_replaced_by_a_link_leads_nowhere(
    interlock: Command, done: tuple[Path, dict[str, object], str], tmp_path: Path
) -> None:
    folder, _, session = done
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "x").write_text("x\n")
    (folder / "made" / "x").unlink()
    (folder / "made").rmdir()
    (folder / "made").symlink_to(tmp_path / "outside")
    said = interlock("undo", session, *QUIETLY)
    assert "`made/x` lies behind" in said.out or "asked first: changed since, maybe by somebody else: made" in said.out
    assert (tmp_path / "outside" / "x").read_text() == "x\n"


def test_what_is_kept_of_files_is_for_ones_own_account_alone(
    home: Path, done: tuple[Path, dict[str, object], str]
) -> None:
    kept = home / "kept"
    modes = {path.stat().st_mode & 0o777 for path in [kept, *kept.rglob("*")]}
    assert modes == {0o600, 0o700}


def test_policy_may_forbid_it(interlock: Command, done: tuple[Path, dict[str, object], str], home: Path) -> None:
    folder, _, session = done
    built = tree(folder)
    (home / "policies").mkdir()
    (home / "policies" / "own.cedar").write_text(
        '@id("no-undo") @words("nothing is undone here")\n'
        'forbid (principal, action == Action::"undo.restore", resource);\n'
    )
    said = interlock("undo", session, *QUIETLY)
    assert said.code != 0
    assert "nothing is undone here" in said.out
    assert tree(folder) == built


def test_a_session_without_success_offers_it(interlock: Command, workspace: MakeWorkspace) -> None:
    folder = workspace(TOML, build=BUILD.replace("rm b.txt", ":").replace("chmod 600 c.txt", ":"))
    said = interlock("run", "Build it until ./check.sh passes, at most 1 try.", "--workspace", folder, *QUIETLY)
    assert said.code == 20, said.all
    session = the_session(interlock)["id"]
    assert f"interlock undo {session} --dry-run" in said.out
    assert f"interlock undo {session}   (asks before" in said.out


def test_only_what_has_ended_and_was_is_undone(interlock: Command, workspace: MakeWorkspace) -> None:
    interlock("run", "Build it until ./check.sh passes.", "--workspace", workspace(TOML, build=BUILD), "--detach")
    session = the_session(interlock)["id"]
    said = interlock("undo", session)
    assert (said.code, f"`interlock stop {session}` ends it" in said.err) == (2, True)
    interlock("stop", session)
    said = interlock("undo", session, "--step", "7")
    assert (said.code, "none of number 7" in said.err) == (2, True)
    assert interlock("undo", session, "--step", "0").code == 2
    assert interlock("undo", "ses-none").code == 2


def test_killed_in_the_middle_it_goes_on_where_it_was(
    interlock: Command, workspace: MakeWorkspace, process: Callable[..., Process]
) -> None:
    """Files come back one by one; once some of them are there, the process is killed."""
    many = "for n in $(seq 200); do echo new > old/$n; done; touch built"
    folder = workspace(TOML, build=f"#!/bin/sh\n{many}\n", check="#!/bin/sh\ntest -e built\n")
    (folder / "old").mkdir()
    for number in range(1, 201):
        (folder / "old" / str(number)).write_text("old\n")
    was = tree(folder)
    assert interlock("run", "Build it until ./check.sh passes.", "--workspace", folder, *QUIETLY).code == 0
    undoing = process("undo", the_session(interlock)["id"], *QUIETLY)
    until = time.monotonic() + 60
    while len([path for path in (folder / "old").glob("[0-9]*") if path.read_bytes() == b"old\n"]) < 20:
        assert undoing.popen.poll() is None and time.monotonic() < until, undoing.ended().all
    undoing.signal(signal.SIGKILL)
    undoing.ended()
    assert tree(folder) != was, "it was killed too late to tell anything"
    session = next(row["id"] for row in interlock("ls", "--json").lines if row["status"] != "ended")
    assert interlock("resume", session, *QUIETLY).code == 0
    assert tree(folder) == was
    assert interlock("audit", "verify").code == 0


def test_from_a_later_act_on_what_came_before_stays(interlock: Command, workspace: MakeWorkspace) -> None:
    first = '[tasks.first]\nrun = ["touch", "one"]\n[tasks.second]\nrun = ["touch", "built"]\n'
    folder = workspace(first + "[checks.smoke]\nrun = ['./check.sh']\n")
    assert interlock("run", "Build it until ./check.sh passes.", "--workspace", folder, *QUIETLY).code == 0
    assert interlock("undo", the_session(interlock)["id"], "--step", "2", *QUIETLY).code == 0
    assert ((folder / "one").exists(), (folder / "built").exists()) == (True, False)


def test_a_commit_is_named_with_the_way_back_and_left(interlock: Command, workspace: MakeWorkspace) -> None:
    git = "git -c user.name=a -c user.email=a@b -c safe.directory='*'"
    folder = workspace(TOML, build=f"#!/bin/sh\ntouch built && {git} add built && {git} commit -qm built\n")
    subprocess.run(["git", "-C", folder, "init", "-q"], check=True)
    subprocess.run([*git.replace("'", "").split(), "-C", folder, "commit", "-qm", "0", "--allow-empty"], check=True)
    head = ["git", "-C", folder, "rev-parse", "HEAD"]
    was = subprocess.run(head, check=True, capture_output=True, text=True).stdout.strip()
    assert interlock("run", "Build it until ./check.sh passes.", "--workspace", folder, *QUIETLY).code == 0
    now = subprocess.run(head, check=True, capture_output=True, text=True).stdout.strip()
    said = interlock("undo", the_session(interlock)["id"], *QUIETLY)
    assert f"can't be undone: `.git` was changed; `git reset --keep {was}` goes back" in said.out
    assert subprocess.run(head, check=True, capture_output=True, text=True).stdout.strip() == now != was
    assert not (folder / "built").exists()


def test_what_an_act_left_that_a_kill_cut_off_is_asked_about(
    interlock: Command, workspace: MakeWorkspace, process: Callable[..., Process]
) -> None:
    """Nobody can tell whether the act or somebody else made it after the kill."""
    folder = workspace('[tasks.build]\nrun = ["./build.sh"]\n[checks.smoke]\nrun = ["./check.sh"]\n',
                       build="#!/bin/sh\necho half > half\nexec sleep 600\n")  # fmt: skip
    was = tree(folder)
    running = process("run", "Build it until ./check.sh passes.", "--workspace", folder, *QUIETLY)
    until = time.monotonic() + 60
    while not (folder / "half").exists() or not (folder / "half").read_text():
        assert time.monotonic() < until
    running.signal(signal.SIGKILL)
    running.ended()
    session = the_session(interlock)["id"]
    assert interlock("stop", session).code != 0
    said = interlock("undo", session, *QUIETLY)
    assert (said.code, "asked first: changed since, maybe by somebody else: half" in said.out) == (10, True)
    (question,) = [row["question"] for row in interlock("ls", "--json").lines if row["question"]]
    assert interlock("approve", question).code == 0
    assert tree(folder) == was


def test_nothing_is_undone_under_the_hands_of_a_session_at_work(
    interlock: Command, done: tuple[Path, dict[str, object], str], process: Callable[..., Process]
) -> None:
    folder, _, session = done
    built = tree(folder)
    (folder / "build.sh").write_text("#!/bin/sh\ntouch begun\nexec sleep 600\n")
    process("run", "Build it until ./check.sh passes.", "--workspace", folder, *QUIETLY)
    until = time.monotonic() + 60
    while not (folder / "begun").exists():
        assert time.monotonic() < until
    said = interlock("undo", session, *QUIETLY)
    assert (said.code, "works in this workspace now; undo when it has ended" in said.err) == (2, True)
    assert tree(folder)["a.txt"] == built["a.txt"]
