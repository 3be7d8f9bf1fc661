"""The contract of every notifier: the shipped fake, and real webhooks, mail, desktops and terminals."""

import asyncio
import os
import pty
from pathlib import Path
from types import SimpleNamespace

import pytest

from hearing import Hook, Mail, desktop_program, free_port
from interlock.adapters.notify import Notify
from interlock.ports import NotTold
from interlock.testing import Notebook

TITLE, BODY = "Interlock asks you: ship it", "may it deploy?\ninterlock approve apr-1"


def _in_notebook(tmp_path, monkeypatch):
    notebook = Notebook(closed="nobody listens at …")

    def heard():
        return "\n".join(f"{title}\n{body}" for _, title, body in notebook.told)

    yield SimpleNamespace(notifier=notebook, address="note://a", heard=heard, closed="note://closed", unknown="x://y")


def _by_webhook(tmp_path, monkeypatch):
    with Hook().listening() as hook:
        yield SimpleNamespace(
            notifier=Notify(),
            address=hook.address,
            heard=lambda: "".join(hook.heard).replace("\\n", "\n"),
            closed=f"json://ann:hunter2@127.0.0.1:{free_port()}/s3cr3t-token",
            unknown="nosuchthing://hunter2@s3cr3t-token",
        )


def _by_mail(tmp_path, monkeypatch):
    with Mail().listening() as mail:
        yield SimpleNamespace(
            notifier=Notify(),
            address=mail.address,
            heard=lambda: "".join(mail.heard).replace("\r\n", "\n"),
            closed=f"mailto://ann:hunter2@127.0.0.1:{free_port()}/?from=a@b.org&to=s3cr3t-token@c.org&mode=insecure",
            unknown="mailto://",
        )


def _on_the_desktop(tmp_path, monkeypatch):
    heard = desktop_program(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    notify = Notify()
    yield SimpleNamespace(notifier=notify, address="desktop", heard=heard.read_text, unknown="desk:top")


@pytest.fixture(params=[_in_notebook, _by_webhook, _by_mail, _on_the_desktop], ids=lambda way: way.__name__[1:])
def way(request, tmp_path, monkeypatch):
    yield from request.param(tmp_path, monkeypatch)


async def test_what_is_told_arrives_whole(way):
    await way.notifier.tell(way.address, TITLE, BODY)
    heard = way.heard()
    assert TITLE in heard
    assert BODY in heard


async def test_an_address_that_works_has_no_problem_and_one_that_nobody_knows_has_one(way):
    assert way.notifier.problem(way.address) is None
    problem = way.notifier.problem(way.unknown)
    assert problem
    assert "hunter2" not in problem
    assert "s3cr3t-token" not in problem


@pytest.mark.parametrize("way", [_in_notebook, _by_webhook, _by_mail], indirect=True, ids=lambda way: way.__name__[1:])
async def test_what_is_not_taken_is_said_without_a_word_of_the_address(way):
    with pytest.raises(NotTold) as problem:
        await way.notifier.tell(way.closed, TITLE, BODY)
    said = str(problem.value)
    assert said
    assert not [secret for secret in ("hunter2", "s3cr3t-token", "127.0.0.1") if secret in said]


# --- what only one of them has ---------------------------------------------------------------------------------------


async def test_a_webhook_that_answers_with_an_error_is_not_told_and_its_words_say_so():
    with Hook().listening() as hook:
        hook.status = 500
        with pytest.raises(NotTold, match="500"):
            await Notify().tell(hook.address, TITLE, BODY)


async def test_a_desktop_program_that_fails_or_is_missing_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotTold, match="`notify-send` can't be run"):
        await Notify().tell("desktop", TITLE, BODY)
    assert "is missing" in (Notify().problem("desktop") or "")
    (tmp_path / "notify-send").write_text("#!/bin/sh\nexit 3\n")
    (tmp_path / "notify-send").chmod(0o755)
    with pytest.raises(NotTold, match="ended with 3"):
        await Notify().tell("desktop", TITLE, BODY)


async def test_no_text_is_taken_for_an_option_of_the_desktops_program(tmp_path, monkeypatch):
    heard = desktop_program(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    await Notify().tell("desktop", "--urgency=critical", "-x")
    words = heard.read_text().splitlines()
    assert words[words.index("--") + 1 :] == ["--urgency=critical", "-x"]


async def test_the_bell_rings_at_the_terminal_and_nowhere_else():
    ours, theirs = pty.openpty()
    try:
        await Notify(os.ttyname(theirs)).tell("bell", TITLE, BODY)
        assert await asyncio.to_thread(os.read, ours, 100) == b"\a"
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.mark.parametrize(("terminal", "words"), [(None, "no terminal was open"), ("/dev/pts/gone", "is gone")])
async def test_without_a_terminal_there_is_no_bell(terminal, words):
    with pytest.raises(NotTold, match=words):
        await Notify(terminal).tell("bell", TITLE, BODY)


def test_loading_the_notifier_does_not_load_apprise(tmp_path: Path):
    import subprocess
    import sys

    program = "import sys, interlock.adapters.notify, interlock.bootstrap; print('apprise' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"
