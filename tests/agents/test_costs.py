"""Cost policy as planner and debugger read it: a pass is priced, and what the cap rules out is passed over."""

from msgspec.structs import replace

from interlock.agents.planner import plan
from interlock.core.budget import Budget
from interlock.core.fingerprint import failure
from interlock.core.plan import Act, ServiceSpec, Task
from interlock.core.state import State
from interlock.testing import make_check, make_workspace

USD = 1_000_000
NO_BROWSER = "browserType.launch: Executable doesn't exist at /home/ada/.cache/ms-playwright/chromium-1091/chrome\n"


def install(name: str, worst: int) -> Task:
    act = Act(skill="command.task", arguments={"argv": ["npx", "playwright", "install", name]})
    return Task(name=name, act=act, worst=worst, when="manual")


async def diagnosed(bench, *tasks: Task, cap: int, spent: int = 0):
    bench.workspace = replace(bench.workspace, tasks=tasks)
    state = replace(bench.state(), budget=Budget(spent=spent, ask_line=cap, cap=cap))
    return await bench.debugger.diagnose(state, failure("check:unit", NO_BROWSER, 1))


def variants(diagnosis) -> list[str]:
    return [each.fix.split(":")[1] for each in diagnosis.candidates]


async def test_a_fix_that_the_cap_leaves_no_room_for_is_passed_over_and_that_is_said(bench):
    diagnosis = await diagnosed(bench, install("all", 8 * USD), install("one", 2 * USD), cap=5 * USD)
    assert variants(diagnosis) == ["task-one"]
    assert "passed over, since the cap of $5.00 leaves no room: `browser-missing:task-all` (up to $8.00)" in (
        diagnosis.advice
    )


async def test_what_was_spent_leaves_less_room_and_a_higher_cap_more(bench):
    tasks = install("all", 8 * USD), install("one", 2 * USD)
    assert variants(await diagnosed(bench, *tasks, cap=9 * USD)) == ["task-all", "task-one"]
    assert variants(await diagnosed(bench, *tasks, cap=9 * USD, spent=4 * USD)) == ["task-one"]


async def test_where_nothing_fits_the_gate_has_the_last_word(bench):
    diagnosis = await diagnosed(bench, install("all", 8 * USD), cap=5 * USD)
    assert variants(diagnosis) == ["task-all"]
    assert "passed over" not in diagnosis.advice


def test_the_plan_says_what_one_pass_costs_at_most_and_when_you_are_asked():
    workspace = replace(
        make_workspace(make_check(worst=USD)),
        tasks=(Task(name="migrate", act=Act(skill="test.noop"), worst=2 * USD), install("never", 50 * USD)),
        services=(ServiceSpec(name="web", argv=("web",), worst=USD),),
    )
    made = plan(State(workspace=workspace, budget=Budget(ask_line=10 * USD, cap=20 * USD)))
    assert made.why.endswith("; one pass costs at most $4.00, and past $10.00 you are asked")


def test_the_plan_names_what_the_cap_rules_out():
    migrate = Task(name="migrate", act=Act(skill="test.noop"), worst=8 * USD)
    state = State(workspace=replace(make_workspace(), tasks=(migrate,)), budget=Budget(ask_line=USD, cap=5 * USD))
    assert "`migrate` could cost more than the cap of $5.00, and will not run" in plan(state).why


def test_a_plan_that_costs_nothing_does_not_speak_of_money():
    assert "$" not in plan(State(workspace=make_workspace())).why
