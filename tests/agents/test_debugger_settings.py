"""Settings are changed on evidence only: the error's own list, a tracked example; a doubt goes to a person."""

import pytest

from interlock.agents.debugger.settings import distance, nearest

REFUSED = "ValueError: level: 'INF' is not one of ['DEBUG', 'INFO', 'WARNING', 'ERROR']\n"
UNSET = """  File "/srv/config.py", line 5, in <module>
    REGION = os.environ["SHOP_REGION"]
  File "<frozen os>", line 679, in __getitem__
KeyError: 'SHOP_REGION'
"""


async def test_the_nearest_allowed_value_is_written_where_the_refused_one_stands(bench):
    bench.write("config/shop.toml", '# INF is short for INFO\nlevel = "INF"\nother = "INFO"\n')
    (proposal,) = (await bench.diagnose(REFUSED)).candidates
    assert proposal.act.skill == "files.patch"
    assert proposal.act.arguments == {"path": "config/shop.toml", "old": 'level = "INF"', "new": 'level = "INFO"'}


@pytest.mark.parametrize(
    "files",
    [
        {"a.toml": 'level = "INF"\n', "b.yaml": "level: INF\n"},
        {"a.toml": 'level = "INF"\n[x]\nlevel = "INF"\n'},
        {"app.py": 'LEVEL = "INF"\n'},
        {"tests/conf.toml": 'level = "INF"\n'},
        {"a.toml": 'level = "INFRA"\n'},
        {},
    ],
)
async def test_a_value_that_is_not_set_in_exactly_one_line_of_the_settings_is_left_to_a_person(bench, files):
    for path, text in files.items():
        bench.write(path, text)
    diagnosis = await bench.diagnose(REFUSED)
    assert diagnosis.candidates == ()
    assert "`INFO` may be meant" in diagnosis.advice


async def test_only_what_git_tracks_counts_as_settings(bench):
    bench.write("local.toml", 'level = "INF"\n')
    bench.write("shop.toml", 'level = "INF"\n')
    bench.tracks("shop.toml", "app.py")
    (proposal,) = (await bench.diagnose(REFUSED)).candidates
    assert proposal.act.arguments["path"] == "shop.toml"
    bench.tracks("app.py")
    assert (await bench.diagnose(REFUSED)).candidates == ()


async def test_an_index_of_git_that_cannot_be_read_tracks_nothing(bench):
    bench.write("shop.toml", 'level = "INF"\n')
    bench.tracks("shop.toml")
    (bench.root / ".git" / "index").write_bytes(b"DIRC\0\0\0\4 compressed")
    assert (await bench.diagnose(REFUSED)).candidates == ()


async def test_a_value_far_from_all_that_is_allowed_is_left_to_a_person(bench):
    bench.write("shop.toml", 'level = "LOUD"\n')
    diagnosis = await bench.diagnose(REFUSED.replace("INF'", "LOUD'"))
    assert diagnosis.candidates == ()
    assert "none of DEBUG, INFO, WARNING, ERROR is near enough" in diagnosis.advice


@pytest.mark.parametrize(
    ("value", "allowed", "expected"),
    [
        ("INF", ("DEBUG", "INFO"), "INFO"),
        ("warnign", ("warning", "error"), "warning"),
        ("info", ("INFO", "ERROR"), "INFO"),
        ("cat", ("bat", "hat"), None),
        ("a", ("b", "longer"), "b"),
        ("on", ("off", "auto"), None),
        ("LOUD", ("DEBUG", "INFO"), None),
        ("x", (), None),
    ],
)
def test_the_nearest_value_must_be_near_and_alone(value, allowed, expected):
    assert nearest(value, allowed) == expected


def test_swapped_neighbours_are_one_slip():
    assert (distance("saef", "safe"), distance("abc", "abc"), distance("", "ab"), distance("kitten", "sitting")) == (
        1,
        0,
        2,
        3,
    )


async def test_a_missing_variable_is_copied_from_the_tracked_example(bench):
    bench.write(".env.example", "# where we are\nSHOP_REGION=eu\n")
    (proposal,) = (await bench.diagnose(UNSET)).candidates
    assert proposal.act.skill == "files.write"
    assert proposal.act.arguments == {"path": ".env", "content": "SHOP_REGION=eu\n"}


async def test_what_the_person_has_set_stays(bench):
    bench.write(".env", "SHOP_PORT=1\n\n")
    bench.write(".env.example", "SHOP_REGION=eu\n")
    (proposal,) = (await bench.diagnose(UNSET)).candidates
    assert proposal.act.arguments["content"] == "SHOP_PORT=1\nSHOP_REGION=eu\n"


@pytest.mark.parametrize("line", ["SHOP_REGION=", "SHOP_REGION=changeme", "SHOP_REGION=<your region>"])
async def test_a_placeholder_is_no_value(bench, line):
    bench.write(".env.example", f"{line}\n")
    assert (await bench.diagnose(UNSET)).candidates == ()


async def test_a_secret_is_never_copied(bench):
    bench.write(".env.example", "SHOP_API_TOKEN=abc123\nSHOP_DB=postgres://ada:pw@db/shop\n")
    for name in ("SHOP_API_TOKEN", "SHOP_DB"):
        diagnosis = await bench.diagnose(UNSET.replace("SHOP_REGION", name))
        assert diagnosis.candidates == ()
        assert "must come from a person" in diagnosis.advice


async def test_an_example_that_git_does_not_track_is_no_evidence(bench):
    bench.write(".env.example", "SHOP_REGION=eu\n")
    bench.tracks("app.py")
    diagnosis = await bench.diagnose(UNSET)
    assert diagnosis.candidates == ()
    assert "no tracked example file" in diagnosis.advice
