"""The catalogue: each entry claims its own example, nothing claims what is unrelated, and lint says what is wrong."""

import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from interlock import catalog
from interlock.agents.debugger import STRATEGIES
from interlock.core.catalog import BadEntry, Catalog, Entry, Example, Fix, entry_from, lint, render
from interlock.core.fingerprint import extract
from interlock.core.patterns import dangers
from interlock.skills.toolbox import BUILT_IN

ENTRIES = catalog.entries()
SHIPPED = Catalog(ENTRIES)
SKILLS = tuple(skill.name for skill in BUILT_IN)
UNRELATED = (Path(__file__).parent / "unrelated.txt").read_text(encoding="utf-8").split("%%\n")
GOOD = Entry(
    id="lamp-out",
    title="The lamp is out",
    patterns=(r"lamp (?P<lamp>\w{1,20}) is out",),
    risk="safe",
    why="oil runs out",
    examples=(Example(output="error: lamp seven is out\n", captures={"lamp": "seven"}),),
    fixes=(Fix(variant="light", skill="checks.look", arguments={}),),
)


def problems(**changes):
    return " ".join(lint([replace(GOOD, **changes)], skills=SKILLS, strategies=STRATEGIES))


def test_the_shipped_catalogue_has_nothing_to_complain_about():
    assert lint(ENTRIES, skills=SKILLS, strategies=STRATEGIES) == ()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_an_entry_claims_its_examples_and_no_other_entry_does(entry):
    for example in entry.examples:
        claims = SHIPPED.matches(extract(example.output))
        assert [claim.entry.id for claim in claims] == [entry.id]
        assert example.captures.items() <= claims[0].captures.items()


@pytest.mark.parametrize("number", range(len(UNRELATED)))
def test_an_unrelated_output_is_claimed_by_nothing(number):
    assert SHIPPED.match(extract(UNRELATED[number])) is None


def test_there_are_enough_unrelated_outputs_to_mean_something():
    assert len(UNRELATED) >= 120


@pytest.mark.parametrize(
    ("output", "entry"),
    [
        (" ! [rejected]        main -> main (fetch first)\nerror: failed to push some refs\n", "git-push-rejected"),
        ("CONFLICT (content): Merge conflict in app.py\nAutomatic merge failed\n", "git-conflict"),
        ("FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n", "memory-full"),
        ('psql: error: FATAL:  password authentication failed for user "shop"\n', "credentials-refused"),
        ("no tests ran in 0.01s\n", "tests-none"),
        ("pytest: error: unrecognized arguments: --cov\n", "pytest-plugin-missing"),
        ("bash: line 1: yarn: command not found\n", "tool-missing"),
        ("/usr/bin/env: 'bash\\r': No such file or directory\n", "crlf-script"),
        ("/usr/bin/env: 'python9': No such file or directory\n", "interpreter-missing"),
        ("Error: Cannot find module './cart'\n", "entry-file-missing"),
        ("Error: Cannot find module '@shop/cart/lib/sum'\n", "node-module-missing"),
        (
            "could not find a version (from versions: none)\nNo matching distribution found for lamp\n",
            "package-unknown",
        ),
        ("[Errno -3] Temporary failure in name resolution (from versions: none)\n", "transient-network"),
        ("collected 0 items / 1 error\nModuleNotFoundError: No module named 'wick'\n", "missing-module"),
    ],
)
def test_outputs_that_look_alike_are_told_apart(output, entry):
    assert SHIPPED.match(extract(output)).entry.id == entry


def test_what_could_lose_data_leak_a_secret_or_trust_a_stranger_has_no_fix():
    stops = {entry.id for entry in ENTRIES if entry.risk == "stop"}
    assert stops >= {
        "archive-damaged", "certificate-expired", "certificate-refused", "credentials-refused", "database-ahead",
        "database-damaged", "git-damaged", "go-checksum", "hash-mismatch", "host-key", "migration-dirty",
        "migration-edited", "migration-half-done", "migration-would-lose", "package-unknown", "privilege-asked",
        "proxy-refused", "secret-found",
    }  # fmt: skip
    assert not any(entry.fixes for entry in ENTRIES if entry.risk == "stop")


def test_no_entry_touches_what_must_never_happen_by_itself():
    written = "".join(path.read_text() for path in Path(catalog.__file__).parent.glob("entries/*.toml"))
    for never in ("--force", "--break-system-packages", "verify=False", "--no-verify", " kill ", " rm -"):
        assert never not in written


def test_every_well_known_module_is_a_name_and_leads_to_a_name():
    for module, distribution in catalog.modules().items():
        assert module.isidentifier()
        assert distribution.replace("-", "").replace("_", "").replace(".", "").isalnum()


def test_matching_the_whole_catalogue_against_four_kilobytes_is_quick():
    outputs = [*UNRELATED, *(each.output for entry in ENTRIES for each in entry.examples)]
    each = [min(seconds(extract((text * 50)[:4000])) for _ in range(3)) for text in outputs]
    assert sum(each) / len(each) < 0.001


def seconds(text):
    began = time.process_time()
    SHIPPED.matches(text)
    return time.process_time() - began


@pytest.mark.parametrize(
    "hostile",
    ["'" * 4000, "a" * 4000, "/" * 4000, "'a' is not one of " * 200, " \n" * 2000, "open " * 800, "port 80 " * 500,
     "ImportError: cannot import name '" * 120, "site-packages/" * 280, "x/" * 2000 + ": Permission denied",
     "install it with: $ pip install " * 120, "use 'a' rather than " * 180, "Input should be '" * 230,
     "requires the " * 300, "-" * 4000 + ": /bin/x^M: bad interpreter",
     "sh: 1: " * 580, "a: /b" * 800 + ": bad interpreter", "env: '" * 680,
     "go:1:1: " * 500, "Error: Cannot find module '@" * 145, "table x already " * 250, "fixture '" * 440,
     "No matching version found for @" * 130, "make: *** No rule to make target '" * 120, "SSL routines:" * 310],
)  # fmt: skip
def test_a_hostile_output_costs_milliseconds_at_most(hostile):
    began = time.process_time()
    SHIPPED.matches(hostile)
    assert time.process_time() - began < 0.25


@settings(deadline=None)
@given(st.text(max_size=2000))
def test_any_text_can_be_matched(text):
    assert all(match.entry in ENTRIES for match in SHIPPED.matches(text))


def test_a_good_entry_is_clean_and_its_captures_reach_the_arguments():
    assert problems() == ""
    match = Catalog([GOOD]).match("lamp seven is out")
    assert match.captures == {"lamp": "seven"}
    assert render({"at": ["{lamp}", "{path.parent}"]}, {"lamp": "x", "path": "a/b"}) == {"at": ["x", "a"]}
    assert render("{path.parent}", {"path": "alone"}) == "."


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"patterns": ("lamp (is out",)}, "is not a regular expression"),
        ({"patterns": ("(lamp{1,200}){1,200} is out",)}, "repeats inside a repeat"),
        ({"patterns": ("lamp .* is out",)}, "repeats without a bound"),
        ({"patterns": ("lamp .{0,9000} is out",)}, "more than 500 times"),
        ({"patterns": ("(?:p{1,30}){1,30} is out",)}, "could try"),
        ({"patterns": ("(?:a|a){1,30}b is out",)}, "could try"),
        ({"patterns": ("(?i)(?:a{1,9}A{1,9}){1,9}b is out",)}, "could try"),
        ({"patterns": ("[^x]{0,300}a[^x]{0,300}b[^x]{0,300}c is out",)}, "could try"),
        ({"patterns": ("(?P<lamp>lamp)? is out",), "when": ("inside: {lamp}",)}, "uses `{lamp}`"),
        ({"patterns": ("(?:(?P<lamp>lamp)|wick) is out",), "when": ("inside: {lamp}",)}, "uses `{lamp}`"),
        ({"patterns": ("lamp",)}, "fewer than 6 characters"),
        ({"patterns": ()}, "has no pattern"),
        ({"fixes": (Fix(variant="x", skill="lamps.light"),)}, "skill `lamps.light` does not exist; choose one of"),
        ({"fixes": (Fix(strategy="pray"),)}, "strategy `pray` does not exist"),
        ({"fixes": (Fix(skill="checks.look", strategy="retry"),)}, "exactly one of them"),
        ({"fixes": (Fix(skill="checks.look"),)}, "needs a variant"),
        ({"fixes": (Fix(variant="x", skill="checks.look", why="{wick}"),)}, "uses `{wick}`"),
        ({"fixes": ()}, "has risk `safe` and no fix"),
        ({"risk": "stop", "fixes": ()}, "no advice"),
        ({"risk": "stop", "advice": "look at it"}, "has risk `stop` and a fix"),
        ({"when": ("sunny: {lamp}",)}, "condition `sunny: {lamp}` is not one of"),
        ({"when": ("inside: {wick}",)}, "uses `{wick}`"),
        ({"examples": ()}, "has no example"),
        ({"examples": (Example(output="all is well"),)}, "is not matched by the entry's own patterns"),
        ({"examples": (Example(output="lamp two is out", captures={"lamp": "one"}),)}, "yields"),
    ],
)
def test_lint_names_the_entry_and_what_is_wrong_with_it(changes, said):
    assert said in problems(**changes)
    assert "entry `lamp-out`" in problems(**changes)


def test_lint_names_ids_that_exist_twice_and_examples_that_another_entry_takes():
    assert "exists 2 times" in " ".join(lint([GOOD, GOOD], skills=SKILLS, strategies=STRATEGIES))
    thief = replace(GOOD, id="any-lamp", priority=1)
    assert "claimed by `any-lamp` first" in " ".join(lint([GOOD, thief], skills=SKILLS, strategies=STRATEGIES))


def test_a_pattern_that_ignores_case_is_not_passed_over():
    shouting = replace(GOOD, patterns=(r"(?i)lamp (?P<lamp>\w{1,20}) is out",))
    assert Catalog([shouting]).match("LAMP SEVEN IS OUT") is not None
    assert Catalog([replace(GOOD, patterns=(r"(?i:lamp) (?P<lamp>\w{1,9}) is",))]).match("LAMP x is") is not None


@pytest.mark.parametrize("said", ["the lamp is out", "the wick burned down", "no oil left"])
def test_alternatives_are_each_found_wherever_they_stand(said):
    either = replace(GOOD, patterns=(r"(?:lamp|candle) is out|wick (?:burned|broke) down|[Nn]o oil",))
    assert Catalog([either]).match(said) is not None
    assert Catalog([either]).match("the lamp burned") is None


def test_an_entry_that_needs_more_and_bars_some_is_held_to_both():
    strict = replace(GOOD, also=("the night",), unless=("daylight",))
    assert Catalog([strict]).match("lamp a is out") is None
    assert Catalog([strict]).match("lamp a is out in the night") is not None
    assert Catalog([strict]).match("lamp a is out in the night, not in daylight") is None


def test_repeats_side_by_side_are_fine_and_nested_wide_ones_are_not():
    assert dangers(r"(?:a|b){1,300}c{0,300} here there") == ()
    assert dangers(r"(?:\w{0,100} ){1,9}x{5,9}") == (
        "pattern `(?:\\w{0,100} ){1,9}x{5,9}` repeats inside a repeat; its time could explode",
    )


REPEATS = st.builds(lambda low, more: f"{{{low},{low + more}}}", st.integers(0, 3), st.integers(1, 60))
PATTERNS = st.recursive(
    st.sampled_from(["a", "b", "[ab]", "[^b]", r"\w", r"\s", " ", "[a-z]"]),
    lambda inner: st.one_of(
        st.tuples(inner, REPEATS).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
        st.lists(inner, min_size=2, max_size=4).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda branches: f"(?:{'|'.join(branches)})"),
    ),
    max_leaves=9,
)


@settings(deadline=None, max_examples=150)
@given(PATTERNS, st.sampled_from(["a" * 4000, "ab" * 2000, "a " * 2000, "b" * 4000]))
def test_a_pattern_that_is_let_through_ends_soon_on_whatever_text(pattern, text):
    pattern = f"{pattern}never here"
    if not dangers(pattern):
        began = time.process_time()
        re.search(pattern, text, re.MULTILINE)
        assert time.process_time() - began < 5


def test_a_data_file_with_an_unknown_field_is_refused_with_its_id():
    with pytest.raises(BadEntry, match="entry `x`: object contains unknown field `colour`"):
        entry_from(
            {"id": "x", "title": "t", "patterns": [], "risk": "safe", "why": "", "examples": [], "colour": "red"}
        )
