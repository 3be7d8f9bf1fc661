"""An organisation's own catalogue entries: loaded after the shipped ones, and told at once when one is broken."""

from pathlib import Path

import pytest

from shell import SENTENCE, SMOKE, Command, MakeWorkspace

QUIETLY = ("--non-interactive",)
OWN = """
id = "lamp-out"
title = "The lamp is out"
risk = "ask"
patterns = ['lamp \\w{1,20} is out']
why = "oil runs out"
advice = "fill the lamp"
[[examples]]
output = "lamp seven is out"
"""


def test_an_organisation_adds_entries_of_its_own(interlock: Command, home: Path, tmp_path: Path) -> None:
    file = home / "catalog" / "lamp.toml"
    file.parent.mkdir(parents=True)
    file.write_text(OWN)
    output = tmp_path / "output.txt"
    output.write_text("lamp two is out\n")
    assert interlock("catalog", "list").out.splitlines()[-1].split()[:2] == ["lamp-out", "ask"]
    assert interlock("catalog", "lint").code == 0
    assert "lamp-out: The lamp is out" in interlock("catalog", "match", output).out


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (OWN.replace('why = "oil', 'colour = "oil'), "unknown field `colour`"),
        (OWN.replace('risk = "ask"', 'risk = "brave"'), "`$.risk`"),
        (OWN.replace(r"\w{1,20}", r".*"), "repeats without a bound"),
        (OWN.replace("lamp-out", "disk-full"), "`disk-full` exists already"),
        (OWN.replace("[[examples]]", '[[fixes]]\nvariant = "x"\nskill = "lamps.light"\n[[examples]]'), "`lamps.light`"),
        (OWN + "priority = 3\n", "unknown field `priority`"),
        ("priority = 3\n" + OWN, "priority 3 is for `stop` entries"),
        ("no toml", "is no TOML"),
        ("# \0", "is no TOML"),
    ],
)
def test_a_broken_entry_is_named_with_its_file_before_anything_begins(
    interlock: Command, home: Path, workspace: MakeWorkspace, wrong: str, said: str
) -> None:
    file = home / "catalog" / "broken.toml"
    file.parent.mkdir(parents=True)
    file.write_text(wrong)
    for words in (("catalog", "list"), ("run", SENTENCE, "--workspace", workspace(SMOKE), *QUIETLY)):
        answer = interlock(*words)
        assert answer.code == 2
        assert str(file) in answer.err
        assert said in answer.err
    assert interlock("ls").out == "" or "no session" in interlock("ls").out
