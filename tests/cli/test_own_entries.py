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
FIXED = """
id = "lamp-lit"
title = "The lamp has no place"
risk = "safe"
patterns = ['no place for lamp (?P<lamp>\\w{1,20})']
why = "lamps stand in folders"
[[fixes]]
variant = "mkdir"
skill = "files.mkdir"
arguments = { path = '{lamp}' }
[[examples]]
output = "no place for lamp seven"
captures = { lamp = "seven" }
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


def test_a_folder_of_entries_is_tried_out_beside_the_shipped_ones(interlock: Command, tmp_path: Path) -> None:
    (tmp_path / "lamp.toml").write_text(FIXED)
    (tmp_path / "other.toml").write_text(OWN)
    answer = interlock("catalog", "test", tmp_path, "--json")
    assert answer.code == 0
    assert [(each["id"], each["proposes"], each["problems"]) for each in answer.lines] == [
        ("lamp-lit", ["files.mkdir"], []),
        ("lamp-out", [], []),
    ]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("{ path = '{lamp}', colour = 'red' }", "unknown field `colour`; it takes `path`"),
        ("{ path = 3 }", "expected `str`, got `int`"),
        ("{ way = '{lamp}' }", "proposes `mkdir`, which can't be done"),
    ],
)
def test_a_fix_whose_arguments_its_skill_does_not_take_is_told(
    interlock: Command, tmp_path: Path, wrong: str, said: str
) -> None:
    (tmp_path / "lamp.toml").write_text(FIXED.replace("{ path = '{lamp}' }", wrong))
    answer = interlock("catalog", "test", tmp_path)
    assert answer.code == 2
    assert said in answer.out


def test_the_entry_of_the_guide_is_good_as_it_stands(interlock: Command, home: Path, tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs/how-to/write-a-catalogue-entry.md").read_text(encoding="utf-8")
    entry = guide.partition("```toml\n")[2].partition("```")[0]
    (home / "catalog").mkdir(parents=True)
    (home / "catalog" / "licence.toml").write_text(entry)
    assert interlock("catalog", "test", home / "catalog").out.splitlines()[-1] == "1 entries, 1 examples, 0 problems"
    output = tmp_path / "failed.txt"
    output.write_text("simulate: licence server lic-9.example.org is not reachable\n")
    assert "  host = lic-9.example.org" in interlock("catalog", "match", output).out


@pytest.mark.parametrize(("made", "said"), [(False, "is no folder"), (True, "holds no entry")])
def test_a_folder_without_entries_is_no_success(interlock: Command, tmp_path: Path, made: bool, said: str) -> None:
    folder = tmp_path / "entries"
    if made:
        folder.mkdir()
    answer = interlock("catalog", "test", folder)
    assert answer.code == 2
    assert said in answer.err


def test_every_broken_file_of_a_folder_is_told_and_none_is_matched(interlock: Command, tmp_path: Path) -> None:
    """Patterns that would try for ever are refused by their form: nothing waits for them."""
    for_ever = ("(?:a{1,40}){1,40}b here", "(?:a|a){1,30}b here", "(?:[^x]{0,30}y){1,30}z here")
    for number, pattern in enumerate(for_ever):
        (tmp_path / f"{number}.toml").write_text(
            OWN.replace("lamp-out", f"lamp-{number}").replace(r"lamp \w{1,20} is out", pattern)
        )
    (tmp_path / "9.toml").write_text(OWN.replace("[[examples]]", '[[fixes]]\nstrategy = "pray"\n[[examples]]'))
    answer = interlock("catalog", "test", tmp_path)
    assert answer.code == 2
    assert answer.out.count("could try") == 3
    assert "strategy `pray` does not exist" in answer.out
    assert "0 entries, 0 examples, 4 problems" in answer.out


def test_an_example_that_a_shipped_entry_claims_first_is_told(interlock: Command, tmp_path: Path) -> None:
    (tmp_path / "late.toml").write_text(
        OWN.replace(r"lamp \w{1,20} is out", "No space left on").replace("lamp seven is out", "No space left on device")
    )
    answer = interlock("catalog", "test", tmp_path)
    assert answer.code == 2
    assert "example 1 is claimed by `disk-full` first" in answer.out
