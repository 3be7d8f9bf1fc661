"""The project file's reference, for editors (a JSON schema) and for people (a page), both made from the models."""

import json
from pathlib import Path
from typing import Any

from interlock.config.project_file import (
    CheckTable,
    LimitsTable,
    McpTable,
    ProjectFile,
    ServiceTable,
    SkillsTable,
    Table,
    TaskTable,
    ToolTable,
    WorkspaceTable,
)
from interlock.config.settings import VARIABLES

_TABLES: tuple[tuple[str, type[Table]], ...] = (
    ("[workspace]", WorkspaceTable),
    ("[limits]", LimitsTable),
    ("[skills]", SkillsTable),
    ("[tasks.NAME]", TaskTable),
    ("[services.NAME]", ServiceTable),
    ("[checks.NAME]", CheckTable),
    ("[mcp.NAME]", McpTable),
    ("[mcp.NAME.tools.TOOL]", ToolTable),
)


def schema() -> dict[str, Any]:
    """The JSON schema of `interlock.toml`."""
    made = ProjectFile.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "title": "interlock.toml"}


def reference() -> str:
    """The reference page, in Markdown."""
    tables = "\n".join(_table(header, model) for header, model in _TABLES)
    variables = "\n".join(f"| `{name}` | {field.replace('_', ' ')} |" for field, (name, _) in VARIABLES.items())
    return f"{_TOP}\n{tables}\n{_PRICES}\n{_SETTINGS}\n| Variable | Sets |\n|---|---|\n{variables}\n"


def write(folder: Path) -> None:
    """Put the page and the schema in the folder of the docs."""
    (folder / "interlock-toml.md").write_text(reference(), encoding="utf-8")
    (folder / "interlock.schema.json").write_text(json.dumps(schema(), indent=2) + "\n", encoding="utf-8")


def _table(header: str, model: type[Table]) -> str:
    properties = model.model_json_schema()["properties"]
    rows = "\n".join(_row(name, model, properties[name]) for name in model.model_fields)
    doc = (model.__doc__ or "").strip()
    return f"## `{header}`\n{doc}\n\n| Key | Values | Left out | Means |\n|---|---|---|---|\n{rows}\n"


def _row(name: str, model: type[Table], told: dict[str, Any]) -> str:
    field = model.model_fields[name]
    default = "required" if field.is_required() else _shown(field.default)
    return f"| `{name}` | {_values(told)} | {default} | {field.description or _inner(told)} |"


def _inner(told: dict[str, Any]) -> str:
    options = (option.get("description", "") for option in told.get("anyOf", ()))
    return str(told.get("description") or next((words for words in options if words), ""))


def _values(told: dict[str, Any]) -> str:
    if "enum" in told:
        return ", ".join(f'`"{value}"`' for value in told["enum"])
    if "anyOf" in told:
        kinds = dict.fromkeys(_values(option) for option in told["anyOf"] if option.get("type") != "null")
        return " or ".join(kinds)
    if told.get("type") == "array":
        return f"list of {_values(told['items'])}"
    if told.get("type") == "object":
        (inner,) = told.get("patternProperties", {"": told.get("additionalProperties", True)}).values()
        of = "values" if inner is True else "tables" if "$ref" in inner else _values(inner)
        return f"table of {of}"
    words = {"string": "text", "boolean": "`true`, `false`", "integer": "whole number", "number": "number"}
    return words[told["type"]]


def _shown(default: object) -> str:
    match default:
        case None | "" | [] | {}:
            return "–"
        case bool():
            return f"`{str(default).lower()}`"
        case str():
            return f'`"{default}"`'
        case list():
            return "`[" + ", ".join(f'"{item}"' for item in default) + "]`"
        case _:
            return f"`{default}`"


_TOP = """# interlock.toml

What a workspace consists of, what it costs (declared, not billed), and what proves that it works. Every table may be
left out; an unknown key is an error that names its line. The order of tasks, services and checks is the file's.
A folder without the file works from a first look, which says what it assumed; `interlock init` writes that down.
For editors there is a JSON schema: [interlock.schema.json](interlock.schema.json).

This page is made from the code.
"""

_PRICES = """## `[prices]`
US dollars for one unit of each thing that costs: `runner-minute = 1.25`. A `worst` in a task, service or check says how
many units it uses at most; that much is held before it runs. A command reports what it really used by writing a JSON
object such as `{"runner-minute": 0.8}` to the file that `$INTERLOCK_USAGE` names; without a report the worst case is
booked. Nobody is billed by this: views say "declared, not billed".
"""

_SETTINGS = """## What the file leaves open
Limits come from the sentence, then from options, then from the file, then from these environment variables, then from
[your preferences](../how-to/set-preferences.md), then from the defaults (ask above $10; the cap is twice the ask line).
What the organisation laid down bounds them all.
"""
