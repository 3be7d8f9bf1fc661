"""Memory between two stores: signed, apart from what is learned here, and refused whole where anything is wrong."""

import asyncio
import base64
import json
from pathlib import Path

import pytest

from interlock.adapters.seal import Seal
from interlock.adapters.sqlite import SqliteLog
from interlock.adapters.system import SystemClock
from interlock.core.exchange import SIGNED_AS, closing_line
from shell import Command, Said
from store_drafts import learned, started


@pytest.fixture
def stores(interlock: Command, home: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Command, Command, str]:
    """A store that has learned something, an empty one, and the first one's key."""

    def at(folder: Path) -> Command:
        def call(*words: str | Path) -> Said:
            monkeypatch.setenv("INTERLOCK_HOME", str(folder))
            return interlock(*words)

        return call

    asyncio.run(learn(home))
    here, there = at(home), at(home.with_name("other"))
    [key] = [line.split()[1] for line in here("audit", "show").out.splitlines() if line.startswith("key")]
    return here, there, key


async def learn(home: Path) -> None:
    log = SqliteLog.open(home, clock=SystemClock(), seal=Seal.open(home))
    now = SystemClock().now()
    await log.append("ses-1", [started(at=now), learned(at=now, worked=True)], expected=0, epoch=None)
    log.close()


def exported(store: Command, file: Path) -> Path:
    file.write_text(store("memory", "export").out)
    return file


def test_what_one_store_learned_another_shows_apart_and_once(
    stores: tuple[Command, Command, str], tmp_path: Path
) -> None:
    here, there, key = stores
    file = exported(here, tmp_path / "memory.jsonl")
    for _ in range(2):
        assert there("memory", "import", str(file), "--from", key).out.startswith("took in 1 record from interlock/")
    [known] = there("memory", "show", "--json").lines
    [taught] = here("memory", "show", "--json").lines
    assert known["origin"] == key.partition("+")[0] and taught["origin"] == ""
    for name in ("fingerprint", "fix", "environment", "wins", "tries", "cost", "last_at"):
        assert known[name] == taught[name]
    assert exported(there, tmp_path / "empty.jsonl").read_text().count("\n") == 2


def test_an_export_is_taken_in_only_from_a_store_that_was_named(
    stores: tuple[Command, Command, str], tmp_path: Path
) -> None:
    here, there, key = stores
    file = exported(here, tmp_path / "memory.jsonl")
    unnamed = there("memory", "import", str(file))
    assert unnamed.code == 2 and key in unnamed.err and "--from KEY" in unnamed.err
    own = here("memory", "import", str(file), "--from", key)
    assert own.code == 2 and "this store's own" in own.err


def test_a_forged_export_is_refused_and_nothing_is_lost(stores: tuple[Command, Command, str], tmp_path: Path) -> None:
    here, there, key = stores
    file = exported(here, tmp_path / "memory.jsonl")
    assert there("memory", "import", str(file), "--from", key).code == 0
    before = there("memory", "show", "--json").out
    forger = Seal.open(tmp_path / "forger")
    bent = "".join(file.read_text().replace('"fix":"', '"fix":"evil-').splitlines(keepends=True)[:-1]).encode()
    for signature in (
        forger.sign(SIGNED_AS + bent),
        base64.b64decode(json.loads(file.read_text().splitlines()[-1])["signature"]),
    ):
        (tmp_path / "forged.jsonl").write_bytes(bent + closing_line(signature))
        forged = there("memory", "import", str(tmp_path / "forged.jsonl"), "--from", key)
        assert forged.code == 2 and "did not sign it" in forged.err
    for named in ("", "x", "a+b+c", f"{key}x", forger.verifier):
        assert there("memory", "import", str(file), "--from", named).code == 2
    (tmp_path / "short.jsonl").write_bytes(file.read_bytes()[:-90])
    assert "cut off" in there("memory", "import", str(tmp_path / "short.jsonl"), "--from", key).err
    assert "can't read" in there("memory", "import", str(tmp_path / "none.jsonl"), "--from", key).err
    assert "can't read" in there("memory", "import", str(tmp_path), "--from", key).err
    assert json.loads(there("memory", "show", "--json").out)["fix"] == json.loads(before)["fix"]


def test_a_head_of_the_log_never_passes_for_an_export(tmp_path: Path) -> None:
    seal = Seal.open(tmp_path)
    with pytest.raises(AssertionError):
        seal.sign(seal.origin.encode() + b"\n0\n")
