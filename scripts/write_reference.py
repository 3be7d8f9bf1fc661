"""Writes the reference pages that are made from the code. Usage: write_reference.py [FOLDER]

The folder is `docs/reference` when left out. `pages()` has every page by its file name: a test compares them with what
is committed.
"""

import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

import msgspec
from cyclopts import App

from interlock.adapters.bubblewrap import CERTIFICATES, PROXIES
from interlock.catalog import entries
from interlock.cli.app import COMMANDS, GROUPS, build
from interlock.cli.sessions import BY_LIMIT
from interlock.config.reference import write as write_project_pages
from interlock.config.settings import VARIABLES, Settings
from interlock.core.catalog import Entry
from interlock.core.events import AnyEvent, Envelope, HookDecided
from interlock.core.money import show
from interlock.core.plan import Effects
from interlock.core.stop_hook import RULES, Facts, shadows
from interlock.skills.skill import Skill
from interlock.skills.toolbox import BUILT_IN

PLACE = Path(__file__).resolve().parent.parent / "docs" / "reference"
PLAIN = {"str": "text", "int": "integer", "float": "number", "bool": "boolean", "NoneType": "null"}
EXAMPLE = Facts(
    taken=30,
    max_iterations=30,
    worked=3_600_000_000,
    max_time=3_600_000_000,
    spent=47_300_000,
    ask_line=50_000_000,
    cap=100_000_000,
    checks_declared=3,
    fixes_left=2,
    retries=1,
    max_retries=4,
    stalled=4,
    broken=4,
)
MADE = "This page is made from the code by `make docs`."


def main() -> int:
    """Write every page. Returns the exit code."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else PLACE
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")
    return 0


def pages() -> dict[str, str]:
    """Every generated page, by its file name."""
    with tempfile.TemporaryDirectory() as folder:
        write_project_pages(Path(folder))
        of_project = {file.name: file.read_text(encoding="utf-8") for file in Path(folder).iterdir()}
    return {
        "commands.md": commands(),
        "exit-codes.md": exit_codes(),
        "events.md": events(),
        "skills.md": skills(),
        "stop-hook-rules.md": rules(),
        "catalogue.md": catalogue(),
        "environment.md": environment(),
        **of_project,
    }


# --- commands ----------------------------------------------------------------------------------------------------


def commands() -> str:
    """Every command with its options, from the parser that reads them."""
    plain = [(name, build([name])[name]) for name in COMMANDS]
    app = build()
    grouped = [(f"{group} {name}", app[group][name]) for group, (_, _, names) in GROUPS.items() for name in names]
    body = "\n".join(_command(name, command) for name, command in [*plain, *grouped])
    return _page(
        "Commands",
        "An `ID` is a session's or a question's, or a unique beginning of one. Money is in dollars, such as `50` or "
        "`$2.50`; a duration is `90s`, `30m` or `1h30m`. [Exit codes](exit-codes.md) have a page of their own.",
        body,
    )


def _command(name: str, command: App) -> str:
    told, positional, rows = _doc(command), "", []
    for argument in command.assemble_argument_collection(parse_docstring=True):
        if argument.field_info.kind.name == "POSITIONAL_ONLY":
            positional += f" {argument.name}" if argument.required else f" [{argument.name}]"
        rows.append(f"| `{argument.name}` | {_left_out(argument)} | {argument.parameter.help or ''} |")
    table = "\n\n| Argument | Left out | Means |\n|---|---|---|\n" + "\n".join(rows) if rows else ""
    return f"## `interlock {name}{positional}`\n{told}{table}\n"


def _doc(command: App) -> str:
    """The docstring above its parameters."""
    assert command.default_command is not None
    lines = (command.default_command.__doc__ or "").split(":param")[0].splitlines()
    return "\n".join(line.strip() for line in lines).strip()


def _left_out(argument: Any) -> str:
    default = argument.field_info.default
    if argument.required:
        return "required"
    if default is None or default is False:
        return "–"
    return f"`{default}`"


def exit_codes() -> str:
    """What a command's exit code means to a script."""
    limits = ", ".join(f"`{rule}`" for rule in BY_LIMIT)
    rows = (
        "| 0 | success | the session ended with every check passing; or the command did what it says |",
        "| 1 | internal error | a defect, or another process took the session over; also `replay` with a decision that "
        "differs, and `doctor` with something missing |",
        "| 2 | usage or bad input | nothing was begun or changed; the message says what to do instead |",
        "| 3 | not intact | `audit verify`, or `store backup` in its copy, found a record that is not as sealed |",
        "| 10 | waits for a person | `interlock ls` shows the question, `interlock approve` answers it |",
        "| 11 | paused | `interlock resume` goes on |",
        f"| 20 | ended by a limit or a violation | one of {limits} |",
        "| 21 | rejected | a person said no, or nobody answered in time |",
        "| 22 | ended without success for another reason | such as a person's stop |",
        "| 130 | interrupted | Ctrl-C where no session was being driven |",
    )
    table = "| Code | Name | Means |\n|---|---|---|\n" + "\n".join(rows)
    return _page("Exit codes", "Commands that drive or follow a session end with the session's.", table)


# --- events ------------------------------------------------------------------------------------------------------


def events() -> str:
    """Every event with its fields, from the types that are stored."""
    kinds = "\n".join(f"## `{kind.__name__}`\n{_words(kind)}\n\n{_fields(kind)}\n" for kind in get_args(AnyEvent))
    values = "\n".join(f"### `{kind.__name__}`\n{_words(kind)}\n\n{_fields(kind)}\n" for kind in _values_in_events())
    top = (
        "One session is one stream of these, append-only. `interlock run --json`, `interlock watch --json` and "
        "`interlock audit export` print the stored bytes, one envelope a line. Fields that have their default are left "
        "out of the bytes. Money is integer micro-dollars, `at` unix micro-seconds, other times seconds."
    )
    return _page(
        "Events", top, f"## The envelope\n{_words(Envelope)}\n\n{_fields(Envelope)}\n\n{kinds}\n## Values\n{values}"
    )


def _values_in_events() -> list[type[msgspec.Struct]]:
    """The structs that events hold, each once, in the order in which they are met."""
    found: dict[type[msgspec.Struct], None] = {}
    queue: list[Any] = list(get_args(AnyEvent))
    while queue:
        for field in msgspec.structs.fields(queue.pop(0)):
            fresh = [kind for kind in _structs(field.type) if kind not in found and kind not in get_args(AnyEvent)]
            found.update(dict.fromkeys(fresh))
            queue.extend(fresh)
    return list(found)


def _structs(annotation: Any) -> Iterator[type[msgspec.Struct]]:
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        yield annotation
    for inner in get_args(annotation):
        yield from _structs(inner)


def _fields(kind: type[msgspec.Struct]) -> str:
    rows = [f"| `{field.name}` | {_type(field.type)} | {_default(field)} |" for field in msgspec.structs.fields(kind)]
    return "| Field | Type | Default |\n|---|---|---|\n" + "\n".join(rows) if rows else "No fields."


def _type(annotation: Any) -> str:
    """A type as a reader of JSON would call it."""
    if annotation is AnyEvent:
        return "one of the events below"
    options = get_args(annotation)
    origin, name = get_origin(annotation), getattr(annotation, "__name__", "any")
    match getattr(origin, "__name__", name):
        case "Literal":
            return " \\| ".join(f"`{option}`" for option in options)
        case "tuple":
            return f"list of {_type(options[0])}"
        case "dict" | "Mapping":
            return f"object of {_type(options[1])}"
        case "Union" | "UnionType":
            return " \\| ".join(_type(option) for option in options if option is not msgspec.UnsetType)
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return f"[`{name}`](#{name.lower()})"
    return PLAIN.get(name, name.lower())


def _default(field: Any) -> str:
    if field.required:
        return "required"
    default = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    if default is msgspec.UNSET:
        return "absent"
    if isinstance(default, msgspec.Struct):
        return "its defaults"
    said = msgspec.json.encode(default).decode()
    return f"`{said}`" if len(said) < 40 else "its defaults"


# --- skills ------------------------------------------------------------------------------------------------------


def skills() -> str:
    """Every built-in skill with its manifest."""
    body = "\n".join(_skill(skill) for skill in sorted(BUILT_IN, key=lambda skill: skill.name))
    top = (
        "What an act may be. Effects are those at worst; a task in `interlock.toml` has the effects that are "
        "declared there. The gate asks policy and money before each, and every command runs in the sandbox."
    )
    return _page("Skills", top, body)


def _skill(skill: Skill[Any]) -> str:
    network = "the package registries or the address it names" if skill.network else "none of its own"
    return (
        f"## `{skill.name}`\n{_sentence(skill.summary)}\n\n"
        f"Effects: {_effects(skill.effects)}. Network: {network}. Timeout: {skill.timeout:g} s.\n\n"
        f"{_fields(skill.arguments)}\n"
    )


def _effects(effects: Effects) -> str:
    held = [name for name in effects.__struct_fields__ if getattr(effects, name)]
    return ", ".join(held) or "none"


# --- the stop hook -----------------------------------------------------------------------------------------------


def rules() -> str:
    """The stop hook's table and the facts that it reads."""
    limits = {seen.rule: seen.limit for seen in shadows(Facts())}
    rows = "\n".join(
        f"| {rule.branch} | `{rule.name}` | {rule.action.name} | {limits[rule.name] or '–'} | {rule.reason(EXAMPLE)} |"
        for rule in RULES
    )
    body = (
        f"| Branch | Rule | Action | Limit | In words, with example figures |\n|---|---|---|---|---|\n{rows}\n\n"
        f"## Facts\n{_words(Facts)}\n\n{_fields(Facts)}\n\n"
        f"## What is recorded\n{_words(HookDecided)} `interlock explain` shows it in words; "
        "`interlock replay` decides it again.\n"
    )
    top = (
        "The table is read from the top; the first rule that holds decides, and the last always holds. "
        "[Why it is so, and how its laws are proved](../explanation/stop-hook.md)."
    )
    return _page("The stop hook's rules", top, body)


# --- the catalogue -----------------------------------------------------------------------------------------------


def catalogue() -> str:
    """Every known failure with its remedies."""
    found = sorted(entries(), key=lambda entry: entry.id)
    body = "\n".join(_entry(entry) for entry in found)
    top = (
        f"{len(found)} known failures; none knows a particular project. `interlock catalog match FILE` says which one "
        "claims an output. [How to write one](../how-to/write-a-catalogue-entry.md)."
    )
    return _page("The catalogue", top, body)


def _entry(entry: Entry) -> str:
    fixes = [f"`{fix.skill}` ({fix.variant})" if fix.skill else f"strategy `{fix.strategy}`" for fix in entry.fixes]
    advice = f"\n\nAdvice to a person: {_sentence(entry.advice)}" if entry.advice else ""
    return (
        f"## `{entry.id}`\n{_sentence(entry.title)} {_sentence(entry.why)}\n\n"
        f"Risk: `{entry.risk}`. Remedies: {', '.join(fixes) or 'none; a person is asked'}. "
        f"Reversible: {'yes' if entry.reversible else 'no'}.{advice}\n"
    )


# --- the environment ---------------------------------------------------------------------------------------------


def environment() -> str:
    """Every environment variable that is read, and the one that is given to commands."""
    plain: Mapping[str, str] = {
        field: _shown(field, value) for field, value in msgspec.structs.asdict(Settings()).items()
    }
    limits = "\n".join(
        f"| `{name}` | {field.replace('_', ' ')} | {plain[field]} |" for field, (name, _) in VARIABLES.items()
    )
    body = (
        f"## Limits\nWhat sentence, options and `interlock.toml` leave open.\n\n"
        f"| Variable | Sets | Default |\n|---|---|---|\n{limits}\n\n"
        f"{_OTHERS}{_row(CERTIFICATES, 'where a sandboxed command finds certificates, when it may reach the network')}"
        f"{_row(PROXIES, 'proxies, likewise; one that holds a password is not passed on')}{_GIVEN}"
    )
    return _page("Environment variables", "Nothing else of the caller's environment reaches a command.", body)


_OTHERS = """## Places and tools

| Variable | Means |
|---|---|
| `INTERLOCK_HOME` | the folder of the store, its seal and all that is set; the user's data folder when not set |
| `INTERLOCK_TERMINAL` | the terminal device whose bell rings; the one that the command writes to when not set |
| `VISUAL`, `EDITOR` | what `interlock edit` opens |
| `SHELL` | the shell that `interlock completion` completes for |
| `NO_COLOR`, `TERM`, `COLUMNS` | how a terminal is drawn on |
| `UV_DEFAULT_INDEX`, `UV_INDEX_URL`, `PIP_INDEX_URL` | the package index, the first that is set |
"""

_GIVEN = """
## Given to commands

| Variable | Means |
|---|---|
| `INTERLOCK_USAGE` | a file; a JSON object of units used, such as `{"runner-minute": 0.8}`, settles the act's cost |
| `PATH` | begins with the workspace's `.venv/bin`; `uv` is on it |
"""


def _row(names: tuple[str, ...], means: str) -> str:
    return f"| {', '.join(f'`{name}`' for name in names)} | {means} |\n"


def _shown(field: str, value: Any) -> str:
    if value is None:
        return "twice the ask line"
    if field in ("ask_line", "cap"):
        return show(value)
    return f"{value:g} s" if isinstance(value, float) else str(value)


# --- pages -------------------------------------------------------------------------------------------------------


def _page(title: str, top: str, body: str) -> str:
    return f"# {title}\n\n{top}\n\n{MADE}\n\n{body.rstrip()}\n"


def _words(kind: type) -> str:
    return " ".join((kind.__doc__ or "").split())


def _sentence(said: str) -> str:
    said = " ".join(said.split()).rstrip(".")
    return f"{said[:1].upper()}{said[1:]}."


if __name__ == "__main__":
    sys.exit(main())
