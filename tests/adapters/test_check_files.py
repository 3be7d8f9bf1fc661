"""The files that make a check lie in its workspace."""

import pytest

from interlock.adapters.check_files import digests
from interlock.core.plan import Act, Check, Workspace
from interlock.ports import BadArguments


def declaring(root, *patterns: str) -> Workspace:
    check = Check(name="unit", act=Act(skill="checks.look"), files=patterns)
    return Workspace(root=str(root), name="work", checks=(check,))


def test_a_change_a_new_file_and_a_missing_one_all_show(tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "a.py").write_text("one")
    workspace = declaring(tmp_path, "tests/**/*")
    seen = [digests(workspace)]
    for change in (
        lambda: (tmp_path / "tests" / "a.py").write_text("two"),
        lambda: (tmp_path / "tests" / "conftest.py").write_text("three"),
        lambda: (tmp_path / "tests" / "a.py").unlink(),
    ):
        change()
        assert digests(workspace) not in seen
        seen.append(digests(workspace))


@pytest.mark.parametrize("pattern", ["/etc/*", "../*", "tests/../../*", ""])
def test_no_pattern_leads_out_of_the_workspace(tmp_path, pattern):
    with pytest.raises(BadArguments, match="name files within the workspace"):
        digests(declaring(tmp_path, pattern))
