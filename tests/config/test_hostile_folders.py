"""Folders that a first look has to survive: huge, looping, unreadable, full of junk, or made to deceive."""

import os
import time
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_layouts import CI, LAYOUTS

from interlock.config import Settings, init, load
from interlock.config.detection import guess
from interlock.config.detection_sight import ENTRIES, FOLDERS, Sight
from interlock.config.detection_yaml import steps


def left_out(root) -> dict[str, str]:
    return {each.source: each.why for each in guess(root).left_out}


def test_fifty_thousand_files_take_no_longer_than_a_blink(tmp_path):
    empty = tmp_path / "empty.py"
    empty.touch()
    for number in range(500):
        folder = tmp_path / f"pkg{number % 20}" / f"part{number}"
        folder.mkdir(parents=True)
        for name in range(100):
            os.link(empty, folder / f"f{name}.py")
    for number in range(8):
        (tmp_path / f"pkg{number}" / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")

    def seconds() -> float:
        began = time.process_time()
        assert len(guess(tmp_path).checks) == 8
        return time.process_time() - began

    assert min(seconds() for _ in range(3)) < 0.3


def test_a_tree_beyond_the_bounds_is_seen_in_part_and_that_is_said(tmp_path):
    for number in range(FOLDERS + 10):
        (tmp_path / f"d{number:05}").mkdir()
    (tmp_path / "go.mod").touch()
    found = guess(tmp_path)
    assert [check.name for check in found.checks] == ["go-test"]
    assert any(f"more than {FOLDERS} folders or {ENTRIES} files" in each.why for each in found.left_out)


def test_more_packages_than_the_bound_are_counted(tmp_path):
    for number in range(25):
        (tmp_path / f"m{number:02}").mkdir()
        (tmp_path / f"m{number:02}" / "go.mod").touch()
    found = guess(tmp_path)
    assert len(found.checks) == 19 and found.left_out[0].why == "and 5 packages more: 20 were looked at"


def test_links_that_loop_or_lead_outside_are_not_followed(tmp_path):
    root = tmp_path / "project"
    (root / "a").mkdir(parents=True)
    (root / "a" / "again").symlink_to(root, target_is_directory=True)
    (root / "package.json").symlink_to(root / "package.json")
    (tmp_path / "secret").write_text('{"scripts": {"test": "cat"}}')
    (root / "a" / "package.json").symlink_to(tmp_path / "secret")
    (root / "real.mod").touch()
    (root / "go.mod").symlink_to("real.mod")
    assert [check.name for check in guess(root).checks] == ["go-test"]
    assert set(Sight(root).files) == {".", "a"}


def test_what_can_not_be_read_is_named(tmp_path, monkeypatch):
    (tmp_path / "package.json").write_text('{"scripts": {"test": "jest"}}')
    (tmp_path / "go.mod").touch()
    sight = Sight(tmp_path)
    (tmp_path / "package.json").unlink()
    assert sight.text("package.json") == "" and sight.unread == {
        "package.json": "can't be read (No such file or directory)"
    }
    assert "can't be listed" in Sight(tmp_path / "gone").unread["."]


def test_a_closed_file_and_a_closed_folder_are_named_to_whom_they_are_closed(tmp_path):
    (tmp_path / "package.json").touch(mode=0o000)
    (tmp_path / "closed").mkdir(mode=0o000)
    closed = {
        "package.json": "can't be read (Permission denied)",
        "closed": "can't be listed (Permission denied)",
    }
    assert left_out(tmp_path) == ({} if os.geteuid() == 0 else closed)


def test_junk_under_a_known_name_is_named_and_nothing_is_made_of_it(tmp_path):
    (tmp_path / "package.json").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "pyproject.toml").write_text("[project\nname = pytest")
    (tmp_path / "Makefile").write_bytes("test:\n\ttrue\n".encode("utf-16"))
    found = left_out(tmp_path)
    assert found["package.json"] == "is no text" and found["Makefile"] == "is no text"
    assert found["pyproject.toml"].startswith("is not valid TOML")


def test_a_pipe_under_a_known_name_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "package.json")
    assert guess(tmp_path).checks == ()


def test_deeply_nested_json_is_no_crash(tmp_path):
    (tmp_path / "package.json").write_text('{"scripts": ' + "[" * 200_000)
    assert left_out(tmp_path) == {"package.json": "is no JSON object"}


def test_a_huge_makefile_is_read_in_part(tmp_path):
    (tmp_path / "Makefile").write_text("test:\n" + "\tnpm test npm \n" * 200_000)
    (tmp_path / "package.json").write_text('{"scripts": {"test": "jest"}}')
    began = time.process_time()
    assert "is longer than" in left_out(tmp_path)["Makefile"]
    assert time.process_time() - began < 3


@pytest.mark.parametrize("name", ["a workflow beside pytest", "npm application", "cargo workspace", "django site"])
def test_line_ends_and_byte_order_marks_make_no_difference(tree, tmp_path, name):
    files = LAYOUTS[name][0]
    plain = guess(tree(files))
    for path in files:
        file = tmp_path / "project" / path.removesuffix("*")
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert guess(tmp_path / "project") == plain


def test_a_name_can_not_break_out_of_its_comment(tmp_path):
    evil = tmp_path / "x\n[checks.evil]\nrun = 'true'\n#"
    evil.mkdir()
    (evil / "go.mod").touch()
    (tmp_path / "quo'te \"d").mkdir()
    (tmp_path / "quo'te \"d" / "go.mod").touch()
    (tmp_path / ".github/workflows").mkdir(parents=True)
    head = 'jobs:\n a:\n  steps:\n  - run: "pytest\\n[checks.evil]\\u2028x"\n'
    workflow = head + '  - run: "make test"\n    working-directory: "a\\nb"\n'
    (tmp_path / ".github/workflows/a.yml").write_text(workflow)
    declared = tomllib.loads(init(tmp_path))
    assert list(declared["checks"]) == ["quo-te-d-go-test"]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(sorted(LAYOUTS)), min_size=1, max_size=4), st.data())
def test_any_mixture_of_layouts_is_written_as_it_is_assumed(tmp_path_factory, names, data):
    root = tmp_path_factory.mktemp("mixed")
    for name in names:
        base = root / data.draw(st.sampled_from(["", "apps", "libs/ünï code"]))
        for path, text in LAYOUTS[name][0].items():
            file = base / path.removesuffix("*")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            file.chmod(0o755)
    assumed, _ = load(root, Settings())
    (root / "interlock.toml").write_text(init(root), encoding="utf-8")
    declared, _ = load(root, Settings())
    assert [(each.name, each.act, each.files, each.kind) for each in declared.checks] == [
        (each.name, each.act, each.files, each.kind) for each in assumed.checks
    ]
    assert declared.tasks == assumed.tasks


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(CI.splitlines()) | st.text(max_size=20), max_size=40))
def test_no_workflow_is_too_broken_to_be_read(lines):
    found = list(steps("\n".join(lines)))
    assert all(1 <= step.line <= len(lines) * 21 + 1 for step in found)
