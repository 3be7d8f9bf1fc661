"""The plan of an undo: what is put back, what is disputed, what can't be, and how it is told."""

from interlock.core.events import AnyEvent, Draft, Envelope, SkillCalled, SkillReturned, place
from interlock.core.plan import Act, Effects, Proposal, Workspace
from interlock.core.snapshot import Change, Entry
from interlock.core.undo import Plan, Remainder, Restoration, Seen, judge, trace
from interlock.core.views.undoing import elsewhere, environments, undo_lines

ROOT = "/srv/shop"


def file(mark: str, mode: int = 0o644) -> Entry:
    return Entry(kind="file", mode=mode, mark=mark, kept=True)


def seen(*changes: tuple[str, Entry | None, Entry | None], certain: bool = True) -> Seen:
    found = tuple(Change(path=path, was=was, became=became) for path, was, became in changes)
    return Seen(iteration=1, changes=found, certain=certain)


def log(*events: AnyEvent) -> list[Envelope]:
    return [
        place(Draft(id=f"e{nth}", at=0, iteration=nth, actor="a", event=event), "ses-1", nth)
        for nth, event in enumerate(events, 1)
    ]


def act(skill: str, facts: dict[str, object] | None = None, **arguments: object) -> list[AnyEvent]:
    """A networked act and its return."""
    proposal = Proposal(act=Act(skill=skill, arguments=arguments), agent="a", why="", expects="")
    effects = Effects(writes=True)
    return [
        SkillCalled(call=skill, proposal=proposal, effects=effects, timeout=1.0, network=True),
        SkillReturned(call=skill, ok=True, facts=facts or {}),
    ]


def test_several_acts_on_a_file_are_one_way_back() -> None:
    traced = trace([seen(("a", file("1"), file("2"))), seen(("a", file("2"), file("3")))])
    assert judge(traced, {"a": file("3")}) == ((Restoration(path="a", to=file("1"), found=file("3")),), ())


def test_what_is_as_it_was_needs_nothing() -> None:
    traced = trace([seen(("a", file("1"), file("2")))])
    assert judge(traced, {"a": file("1")}) == ((), ())


def test_content_that_the_session_did_not_leave_is_disputed() -> None:
    traced = trace([seen(("a", file("1"), file("2")))])
    (restoration,), _ = judge(traced, {"a": file("mine")})
    assert restoration.disputed


def test_a_change_between_two_acts_is_disputed_though_the_session_had_the_last_word() -> None:
    traced = trace([seen(("a", file("1"), file("2"))), seen(("a", file("mine"), file("3")))])
    (restoration,), _ = judge(traced, {"a": file("3")})
    assert restoration.disputed


def test_what_an_act_that_a_crash_cut_off_left_is_disputed() -> None:
    traced = trace([seen(("a", file("1"), file("2")), certain=False)])
    (restoration,), _ = judge(traced, {"a": file("2")})
    assert restoration.disputed


def test_a_file_that_is_gone_destroys_nothing_when_it_comes_back() -> None:
    traced = trace([seen(("a", file("1"), file("2")))])
    (restoration,), _ = judge(traced, {"a": None})
    assert not restoration.disputed


def test_what_was_not_kept_and_what_is_left_apart_are_named_with_a_way() -> None:
    large = Entry(kind="file", mark="1 2 3", size=9_000_000)
    venv = Entry(kind="apart", mark="1")
    traced = trace([seen(("big", large, None), (".venv", venv, Entry(kind="apart", mark="2")))])
    restore, remain = judge(
        traced, {"big": None, ".venv": Entry(kind="apart", mark="2")}, {".venv": "uv pip install x"}
    )
    assert restore == ()
    assert remain == (
        Remainder(what="`big` was not kept (9000000 bytes)", instead="take it from git or a backup"),
        Remainder(what="`.venv` was changed", instead="uv pip install x"),
    )


def test_versions_come_back_by_a_command_from_the_first_to_the_last_change() -> None:
    venv = f"{ROOT}/.venv"
    once = act("packages.install", {"before": {"a": "1"}, "after": {"a": "2", "new": "1"}}, venv=venv)
    twice = act("packages.sync", {"before": {"a": "2", "new": "1"}, "after": {"a": "3", "new": "1"}}, venv=venv)
    assert environments(log(*once, *twice), ROOT) == {
        ".venv": "uv pip install --python .venv/bin/python a==1 && uv pip uninstall --python .venv/bin/python new"
    }


def test_what_lies_elsewhere_is_named() -> None:
    workspace = Workspace(root=ROOT, name="shop", sandbox="none")
    events = [
        *act("command.task", name="deploy", argv=["x"]),
        *act("database.migrate", task="migrate"),
        *act("files.write", path="/opt/shop.conf", content=""),
    ]
    said = [one.what for one in elsewhere(log(*events), workspace)]
    assert said == [
        "task `deploy`, task `migrate` could reach the network",
        "a migration ran; a database outside of the workspace stays migrated",
        "commands ran without a sandbox, and may have changed files outside of the workspace",
        "`/opt/shop.conf` lies outside of the workspace",
    ]


def test_the_plan_is_told_by_what_becomes_of_each_path_and_what_stays() -> None:
    plan = Plan(
        session="ses-1",
        step=2,
        restore=(
            Restoration(path="a", to=file("1"), found=file("2")),
            Restoration(path="b", to=None, found=file("2")),
            Restoration(path="c", to=file("1"), found=file("x"), disputed=True),
        ),
        remain=(Remainder(what="`.venv` was made", instead="remove it"),),
    )
    assert undo_lines(plan) == (
        "undo ses-1 from iteration 2 on: 3 paths of the workspace",
        "put back as it was: a",
        "removed, as the session made it: b",
        "asked first: changed since, maybe by somebody else: c",
        "can't be undone: `.venv` was made; remove it",
    )
