"""The debugger on the plain remedies: folders, migrations, ports, scripts, services; and what it leaves to a person."""

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from interlock.core.fingerprint import failure
from interlock.core.plan import Act, Check, ServiceSpec, Task
from interlock.core.remediation import Diagnosis
from interlock.core.state import State

NO_FOLDER = "FileNotFoundError: [Errno 2] No such file or directory: 'spool/journal.csv'\n"
NO_TABLE = "sqlite3.OperationalError: no such table: lamp\n"
TAKEN = "OSError: [Errno 98] Address already in use\n"
REFUSED = 'connection to server at "127.0.0.1", port 5432 failed: Connection refused\n'
WRONG_TOTAL = (
    "E       assert 3091 == 3092\n\ntests/test_orders.py:8: AssertionError\n"
    "=== short test summary info ===\nFAILED tests/test_orders.py::test_vat - assert 3091 == 3092\n"
)


def task(name, *argv):
    return Task(name=name, act=Act(skill="command.run", arguments={"argv": list(argv)}))


async def test_a_missing_folder_is_made(bench):
    diagnosis = await bench.diagnose(NO_FOLDER)
    (proposal,) = diagnosis.candidates
    assert proposal.act == Act(skill="files.mkdir", arguments={"path": "spool"})
    assert (diagnosis.pattern, proposal.fix, proposal.agent) == (
        "missing-directory",
        "missing-directory:mkdir",
        "debugger",
    )
    assert "`spool/journal.csv` lies in folder `spool`" in proposal.why


async def test_a_folder_named_by_its_whole_path_is_made_too(bench):
    (proposal,) = (await bench.diagnose(NO_FOLDER.replace("spool/", f"{bench.root}/spool/"))).candidates
    assert proposal.act.arguments == {"path": "spool"}


async def test_a_file_that_is_missing_from_a_folder_that_is_there_is_no_missing_folder(bench):
    (bench.root / "spool").mkdir()
    assert (await bench.diagnose(NO_FOLDER)).pattern is None


async def test_nothing_is_made_outside_the_workspace(bench, tmp_path):
    assert (await bench.diagnose(NO_FOLDER.replace("spool/", "../spool/"))).candidates == ()
    assert (await bench.diagnose(NO_FOLDER.replace("spool/", "/nowhere/spool/"))).candidates == ()
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.mkdir()
    (bench.root / "link").symlink_to(outside)
    assert (await bench.diagnose(NO_FOLDER.replace("spool/", "link/new/"))).candidates == ()


async def test_a_schema_that_is_behind_gets_the_declared_migration(bench):
    bench.workspace = replace(bench.workspace, tasks=(task("install", "uv", "pip", "install"), task("migrate", "./m")))
    (proposal,) = (await bench.diagnose(NO_TABLE)).candidates
    assert proposal.act == Act(skill="database.migrate", arguments={"task": "migrate"})


async def test_a_task_whose_command_migrates_counts_after_one_whose_name_says_so(bench):
    tasks = (task("schema", "alembic", "upgrade", "head"), task("db-migrations", "./m"), task("upgrade", "uv", "sync"))
    bench.workspace = replace(bench.workspace, tasks=tasks)
    assert await bench.fixes(NO_TABLE) == ["missing-migration:task-db-migrations", "missing-migration:task-schema"]


async def test_without_a_task_that_migrates_a_person_is_told(bench):
    diagnosis = await bench.diagnose(NO_TABLE)
    assert diagnosis.candidates == ()
    assert "no task that migrates is declared" in diagnosis.advice


async def test_a_service_whose_port_is_taken_moves_and_the_stranger_is_left_alone(bench):
    web = ServiceSpec(name="web", argv=("serve", "--port", "{port}"), port=8765)
    other = ServiceSpec(name="mail", argv=("mail", "{port}"), port=2525)
    bench.workspace = replace(bench.workspace, services=(other, web))
    (proposal,) = (await bench.diagnose(TAKEN, "service:web")).candidates
    assert proposal.act == Act(skill="process.ensure", arguments={"service": "web", "port": 0})


async def test_a_service_with_a_fixed_port_cannot_move(bench):
    bench.workspace = replace(bench.workspace, services=(ServiceSpec(name="web", argv=("serve",), port=8765),))
    diagnosis = await bench.diagnose(TAKEN, "service:web")
    assert diagnosis.candidates == ()
    assert "not ours" in diagnosis.advice


async def test_a_declared_service_that_does_not_listen_is_started_before_waiting(bench):
    bench.workspace = replace(bench.workspace, services=(ServiceSpec(name="db", argv=("pg",), port=5432),))
    assert await bench.fixes(REFUSED) == [
        "service-not-up:start-db",
        "service-not-up:look-again-1",
        "service-not-up:look-again-2",
    ]


async def test_the_network_is_tried_again_twice_and_not_for_ever(bench):
    text = "socket.gaierror: [Errno -3] Temporary failure in name resolution\n"
    assert await bench.fixes(text) == ["transient-network:look-again-1", "transient-network:look-again-2"]
    bench.has_tried(text, "transient-network:look-again-1", "transient-network:look-again-2")
    diagnosis = await bench.diagnose(text)
    assert (diagnosis.pattern, diagnosis.candidates) == ("transient-network", ())


async def test_a_script_gets_its_permission_only_if_it_is_a_script(bench):
    text = "bash: line 1: ./deploy.sh: Permission denied\n"
    assert await bench.fixes(text) == []
    script = bench.write("deploy.sh", "#!/bin/sh\ntrue\n")
    (proposal,) = (await bench.diagnose(text)).candidates
    assert proposal.act == Act(skill="files.chmod", arguments={"path": "deploy.sh", "executable": True})
    script.chmod(0o755)
    assert await bench.fixes(text) == []


async def test_windows_line_ends_are_taken_out_of_the_one_script(bench):
    bench.write("deploy.sh", "#!/bin/bash\r\necho hi\r\n")
    text = "bash: ./deploy.sh: /bin/bash^M: bad interpreter: No such file or directory\n"
    (proposal,) = (await bench.diagnose(text)).candidates
    assert proposal.act.arguments == {"path": "deploy.sh", "content": "#!/bin/bash\necho hi\n"}


async def test_the_script_of_the_failing_check_is_found_when_the_message_names_none(bench):
    bench.write("check.sh", "#!/usr/bin/env bash\r\ntrue\r\n")
    check = Check(name="unit", act=Act(skill="command.run", arguments={"argv": ["./check.sh"]}))
    bench.workspace = replace(bench.workspace, checks=(check,))
    (proposal,) = (await bench.diagnose("/usr/bin/env: ‘bash\\r’: No such file or directory\n")).candidates
    assert proposal.act.arguments["path"] == "check.sh"


async def test_a_bug_in_the_code_has_no_remedy_and_its_test_is_named(bench):
    diagnosis = await bench.diagnose(WRONG_TOTAL)
    assert (diagnosis.pattern, diagnosis.candidates) == (None, ())
    assert "tests/test_orders.py::test_vat (tests/test_orders.py:8)" in diagnosis.advice


async def test_a_failure_that_must_stop_gets_advice_and_no_candidates(bench):
    diagnosis = await bench.diagnose("Hash mismatch for `flask==2.2.2`\nTemporary failure in name resolution\n")
    assert (diagnosis.pattern, diagnosis.candidates) == ("hash-mismatch", ())
    assert "never regenerated" in diagnosis.advice


async def test_what_a_person_must_weigh_is_said_and_not_done(bench):
    diagnosis = await bench.diagnose("error: No solution found when resolving dependencies:\n")
    assert (diagnosis.pattern, diagnosis.candidates) == ("unsatisfiable-pins", ())
    assert "yours to decide" in diagnosis.advice


async def test_what_worked_before_comes_first_and_says_so(bench):
    tasks = (task("migrate-a", "./a"), task("migrate-b", "./b"))
    bench.workspace = replace(bench.workspace, tasks=tasks)
    bench.remember(NO_TABLE, "missing-migration:task-migrate-b", 2, 2)
    bench.remember(NO_TABLE, "missing-migration:task-migrate-a", 0, 1)
    diagnosis = await bench.diagnose(NO_TABLE)
    assert [each.fix for each in diagnosis.candidates] == [
        "missing-migration:task-migrate-b",
        "missing-migration:task-migrate-a",
    ]
    assert (diagnosis.wins, diagnosis.tries, diagnosis.candidates[0].confidence) == (2, 2, 0.75)
    assert diagnosis.remembered == (
        "worked 2 of 2 times here; passed over: `missing-migration:task-migrate-a` (0 of 1)"
    )


async def test_the_diagnosis_records_what_memory_moved_and_nothing_where_it_knows_nothing(bench):
    bench.workspace = replace(bench.workspace, tasks=(task("migrate-a", "./a"), task("migrate-b", "./b")))
    assert (await bench.diagnose(NO_TABLE)).ranking is UNSET
    bench.remember(NO_TABLE, "missing-migration:task-migrate-b", 2, 2)
    diagnosis = await bench.diagnose(NO_TABLE)
    assert [(one.fix, one.before, one.tries) for one in diagnosis.ranking] == [
        ("missing-migration:task-migrate-b", 2, 2),
        ("missing-migration:task-migrate-a", 1, 0),
    ]
    stored = msgspec.json.encode(diagnosis)
    assert msgspec.json.decode(stored, type=Diagnosis) == diagnosis
    assert b"ranking" not in msgspec.json.encode(replace(diagnosis, ranking=UNSET))


async def test_the_diagnosis_is_what_is_proposed_without_what_was_tried(bench):
    bench.workspace = replace(bench.workspace, tasks=(task("migrate-a", "./a"), task("migrate-b", "./b")))
    found = failure("check:unit", NO_TABLE, 1)
    diagnosis = await bench.diagnose(NO_TABLE)
    state = State(workspace=bench.workspace, failure=found, diagnosis=diagnosis)
    assert tuple(await bench.debugger.propose(state)) == diagnosis.candidates
    state = replace(state, tried={found.fingerprint: ("missing-migration:task-migrate-a",)})
    assert [each.fix for each in await bench.debugger.propose(state)] == ["missing-migration:task-migrate-b"]
    assert tuple(await bench.debugger.propose(State())) == ()


async def test_what_was_tried_here_is_not_a_candidate_again(bench):
    bench.has_tried(NO_FOLDER, "missing-directory:mkdir")
    diagnosis = await bench.diagnose(NO_FOLDER)
    assert (diagnosis.pattern, diagnosis.candidates) == ("missing-directory", ())
