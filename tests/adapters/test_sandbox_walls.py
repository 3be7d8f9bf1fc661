"""The sandbox's walls: what a command may not see, write or reach, and what is said where there are none."""

import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from interlock.adapters.bubblewrap import Bubblewrap
from interlock.adapters.interpreters import prefixes
from interlock.core.programs import Command


@pytest.fixture
def bubblewrap():
    return Bubblewrap()


@pytest.fixture
def workspace(tmp_path):
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


def shell(workspace: Path, script: str, **more) -> Command:
    return Command(argv=("sh", "-c", script), cwd=str(workspace), workspace=str(workspace), **more)


def python(workspace: Path, script: str, **more) -> Command:
    return Command(argv=(sys.executable, "-c", script), cwd=str(workspace), workspace=str(workspace), **more)


async def test_only_the_workspace_is_writable(bubblewrap, workspace, tmp_path):
    (tmp_path / "other").mkdir()
    script = f"echo 1 > kept; for d in / /usr /etc /var {tmp_path}/other; do echo 1 > $d/x && echo wrote $d; done; true"
    ran = await bubblewrap.run(shell(workspace, script))
    assert "wrote" not in ran.output
    assert (workspace / "kept").read_text() == "1\n"
    assert not (tmp_path / "other" / "x").exists()


async def test_named_folders_are_readable_or_writable_as_they_say(bubblewrap, workspace, tmp_path):
    for name in ("cache", "shared"):
        (tmp_path / name).mkdir()
    (tmp_path / "shared" / "fact").write_text("known\n")
    script = f"cat {tmp_path}/shared/fact; echo 1 > {tmp_path}/cache/new; echo 1 > {tmp_path}/shared/new; true"
    more = {"readable": (str(tmp_path / "shared"),), "writable": (str(tmp_path / "cache"),)}
    ran = await bubblewrap.run(shell(workspace, script, **more))
    assert ran.output.startswith("known\n")
    assert (tmp_path / "cache" / "new").exists() and not (tmp_path / "shared" / "new").exists()


async def test_home_other_workspaces_and_keys_are_out_of_sight(bubblewrap, workspace, tmp_path):
    (tmp_path / "neighbour").mkdir()
    (tmp_path / "neighbour" / "secret").write_text("s3cret")
    places = f"{Path.home()} {tmp_path}/neighbour/secret /etc/shadow /etc/ssl/private /home /root /run/docker.sock /sys"
    ran = await bubblewrap.run(shell(workspace, f"for p in {places}; do [ -e $p ] && echo sees $p; done; true"))
    assert ran.output == ""


async def test_what_is_hidden_stays_hidden_inside_the_workspace(workspace):
    state = workspace / ".local" / "interlock"
    state.mkdir(parents=True)
    (state / "store.db").write_text("the truth")
    ran = await Bubblewrap(hidden=[str(state)]).run(shell(workspace, "ls -A .local/interlock; rm -rf .local; true"))
    assert "store.db" not in ran.output
    assert (state / "store.db").read_text() == "the truth"


async def test_what_is_given_of_the_hidden_is_there_and_nothing_else_of_it(workspace):
    state = workspace / ".local" / "interlock"
    for name in ("given", "shown", "kept"):
        (state / name).mkdir(parents=True)
        (state / name / "file").write_text(name)
    more = {"writable": (str(state / "given"),), "readable": (str(state / "shown"),)}
    script = "cd .local/interlock; ls; cat shown/file; echo new > given/file; echo new > shown/file; true"
    ran = await Bubblewrap(hidden=[str(state)]).run(shell(workspace, script, **more))
    assert ran.output.startswith("given\nshown\nshown")
    assert (state / "given" / "file").read_text() == "new\n" and (state / "shown" / "file").read_text() == "shown"


async def test_a_link_in_the_workspace_does_not_open_what_it_points_to(bubblewrap, workspace, tmp_path):
    secret = tmp_path / "tool"
    secret.write_text("#!/bin/sh\necho ran\n")
    secret.chmod(0o755)
    (workspace / "tool").symlink_to(secret)
    ran = await bubblewrap.run(Command(argv=("./tool",), cwd=str(workspace), workspace=str(workspace)))
    assert ran.ended == "unstartable"


async def test_a_program_elsewhere_is_shown_alone(bubblewrap, workspace, tmp_path):
    for name in ("tool", "other"):
        (tmp_path / name).write_text("#!/bin/sh\nls " + str(tmp_path))
        (tmp_path / name).chmod(0o755)
    ran = await bubblewrap.run(Command(argv=(f"{tmp_path}/tool",), cwd=str(workspace), workspace=str(workspace)))
    assert ran.output.split() == ["tool", "workspace"]


async def test_temporary_files_and_home_are_private_and_gone_afterwards(bubblewrap, workspace):
    first = await bubblewrap.run(shell(workspace, "echo 1 > $HOME/x; echo 1 > /tmp/interlock-probe; ls $HOME /tmp"))
    assert "interlock-probe" in first.output
    assert "interlock-probe" not in os.listdir("/tmp")
    second = await bubblewrap.run(shell(workspace, "ls $HOME; ls /tmp"))
    assert "x" not in second.output.split() and "interlock-probe" not in second.output


async def test_without_a_grant_there_is_no_network_but_loopback(bubblewrap, workspace):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        script = f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)"
        alone = await bubblewrap.run(python(workspace, script))
        shared = await bubblewrap.run(python(workspace, script, network=True))
    assert alone.exit_code == 1 and "Connection refused" in alone.output
    assert (shared.exit_code, shared.output) == (0, "")
    inside = "import socket; s = socket.create_server(('127.0.0.1', 0)); socket.create_connection(s.getsockname(), 2)"
    assert (await bubblewrap.run(python(workspace, inside))).exit_code == 0


def resolvers() -> str:
    file = Path("/etc/resolv.conf")
    return file.read_text() if file.exists() else ""


async def test_with_network_names_and_certificates_are_those_of_this_machine(
    bubblewrap, workspace, tmp_path, monkeypatch
):
    authority = tmp_path / "authority.pem"
    authority.write_text("a certificate")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    monkeypatch.setenv("HTTPS_PROXY", "http://user:password@proxy:3128")
    monkeypatch.setenv("NO_PROXY", "localhost")
    script = "cat /etc/resolv.conf $SSL_CERT_FILE; echo; echo $NO_PROXY $HTTPS_PROXY"
    ran = await bubblewrap.run(shell(workspace, script, network=True))
    assert ran.output == f"{resolvers()}a certificate\nlocalhost\n"


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "PIP_CERT"])
async def test_calling_a_folder_certificates_does_not_open_it(bubblewrap, workspace, tmp_path, name):
    keys = tmp_path / "keys"
    keys.mkdir()
    (keys / "id").write_text("private")
    ran = await bubblewrap.run(shell(workspace, f"cat ${name}/id", network=True, env=((name, str(keys)),)))
    assert ran.exit_code != 0 and "private" not in ran.output


async def test_processes_outside_can_be_neither_seen_nor_signalled(bubblewrap, workspace):
    ran = await bubblewrap.run(
        shell(workspace, f"ls -d /proc/[0-9]* | wc -l; kill -0 {os.getpid()} && echo reached; true")
    )
    assert int(ran.output.split()[0]) < 10
    assert "reached" not in ran.output


async def test_no_capability_is_left_and_none_can_be_gained(bubblewrap, workspace):
    ran = await bubblewrap.run(shell(workspace, "grep -E 'CapEff|CapPrm|CapBnd|NoNewPrivs' /proc/self/status"))
    values = dict(line.split(":\t") for line in ran.output.splitlines())
    assert {values[name].strip("0") for name in ("CapEff", "CapPrm", "CapBnd")} == {""}
    assert values["NoNewPrivs"] == "1"


async def test_the_kernels_settings_can_be_read_and_not_changed_not_even_by_root(bubblewrap, workspace):
    script = (
        "f=/proc/sys/kernel/core_pattern; cat $f > before && cat before > $f && echo wrote; find /proc/sys -writable"
    )
    ran = await bubblewrap.run(shell(workspace, script))
    assert (workspace / "before").read_text() == Path("/proc/sys/kernel/core_pattern").read_text()
    assert "wrote" not in ran.output and "\n/proc/sys" not in ran.output


async def test_a_preloaded_library_cannot_run_outside(bubblewrap, workspace):
    ran = await bubblewrap.run(shell(workspace, "echo $LD_PRELOAD", env=(("LD_PRELOAD", f"{workspace}/evil.so"),)))
    warnings = [line for line in ran.output.splitlines() if "evil.so" in line and "ERROR" in line]
    assert ran.exit_code == 0 and len(warnings) == 1  # the shell inside says so; the launcher and bwrap never saw it


async def test_the_whole_machine_is_no_workspace(bubblewrap):
    ran = await bubblewrap.run(Command(argv=("true",), cwd="/", workspace="/"))
    assert ran.ended == "unstartable" and "choose a folder" in ran.output


# --- interpreters --------------------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path, monkeypatch):
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    (folder / ".ssh").mkdir()
    (folder / ".ssh" / "key").write_text("private")
    return folder


def interpreter(prefix: Path) -> Path:
    """A whole interpreter of its own, as pyenv and uv put them under a home folder."""
    stdlib = Path(sysconfig.get_path("stdlib"))
    unneeded = shutil.ignore_patterns(
        "site-packages", "dist-packages", "test", "config-*", "idlelib", "*.pyc", "tkinter"
    )
    shutil.copytree(stdlib, prefix / "lib" / stdlib.name, ignore=unneeded, ignore_dangling_symlinks=True)
    (prefix / "bin").mkdir()
    shutil.copy(os.path.realpath(sys.executable), prefix / "bin" / "python3.x")
    (prefix / "bin" / "python3").symlink_to("python3.x")
    return prefix / "bin" / "python3"


def environment(folder: Path, home: Path, program: Path) -> Path:
    (folder / "bin").mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text(f"home = {home}\ninclude-system-site-packages = false\n")
    (folder / "bin" / "python").symlink_to(program)
    return folder


async def test_an_environment_works_whose_interpreter_lies_in_a_home_folder(bubblewrap, workspace, home):
    program = interpreter(home / ".pythons" / "cpython-3.x.1")
    (home / ".pythons" / "cpython-3.x").symlink_to("cpython-3.x.1")
    alias = home / ".pythons" / "cpython-3.x" / "bin"
    environment(workspace / ".venv", alias, alias / program.name)
    script = f"import json, os, sys; print(sys.prefix, os.path.exists({str(home / '.ssh')!r}))"
    for argv in ((".venv/bin/python", "-c", script), ("python", "-c", script)):
        ran = await bubblewrap.run(Command(argv=argv, cwd=str(workspace), workspace=str(workspace)))
        assert ran.output == f"{workspace}/.venv False\n"


async def test_a_forged_environment_opens_no_folder(workspace, home):
    forged = environment(workspace / ".venv", home / ".ssh" / "bin", home / ".ssh" / "key")
    assert prefixes([forged]) == (str(forged),)
    whole = environment(workspace / "other", home / "bin", home / "bin" / "python3")
    (home / "bin").mkdir()
    (home / "bin" / "python3").write_text("")
    (home / "lib" / "python3.x").mkdir(parents=True)
    (home / "lib" / "python3.x" / "os.py").write_text("")
    assert prefixes([whole]) == (str(whole),)


# --- when there is no sandbox --------------------------------------------------------------------------------------


def test_a_working_sandbox_has_no_problem(bubblewrap):
    assert bubblewrap.problem() is None


async def test_without_bubblewrap_it_says_which_package_brings_it(workspace):
    nowhere = Bubblewrap(programs=[])
    assert nowhere.problem() == "no `bwrap` found; run `sudo apt install bubblewrap`"
    assert (await nowhere.run(shell(workspace, "true"))).ended == "unstartable"


def test_without_user_namespaces_it_gives_the_kernels_words_and_the_way_out(bubblewrap, workspace):
    assert bubblewrap.problem() is None
    script = "import json; from interlock.adapters.bubblewrap import *; print(json.dumps(Bubblewrap().problem()))"
    confined = [
        bubblewrap.program, "--unshare-user", "--disable-userns", "--cap-drop", "ALL", "--dev-bind", "/", "/",
        sys.executable, "-c", script,
    ]  # fmt: skip
    env = {**os.environ, "PYTHONPATH": ":".join(sys.path)}
    ran = subprocess.run(confined, env=env, capture_output=True, text=True, check=True)
    words = json.loads(ran.stdout)
    assert words.startswith("no sandbox: bwrap: ") and "namespace" in words
    assert "`sudo sysctl " in words or "`--security-opt" in words or "`unshare -Ur true`" in words
