"""Schemas that a server sent: whether one can be relied on, and whether a value fits it. In doubt, neither."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from interlock.core.tools import MISSING, Tool

LARGEST = 64_000
DEEPEST = 32
STEPS = 30_000
UNUSABLE = ("patternProperties", "$dynamicRef", "$recursiveRef")


class _Unbounded(Exception):
    """Checking takes longer than any honest schema needs."""


def problem(tool: Tool) -> str | None:
    """Why the tool's schemas can't be relied on, in words; None when they can."""
    for what, schema in (("input schema", tool.schema), ("output schema", tool.output_schema)):
        if schema is not None and (words := _unusable(schema)) is not None:
            return f"its {what} {words}"
    return None if tool.schema.get("type") == "object" else "its input schema describes no object"


def misfit(value: Any, schema: dict[str, Any]) -> str | None:
    """Why the value does not fit the schema, in words; None when it does."""
    try:
        if len(_compact(value)) > LARGEST:
            return f"it is larger than {LARGEST} characters"
        error = next(_validator(schema).iter_errors(value), None)
    except RecursionError:
        return "its schema never ends"
    except Exception as wrong:
        return f"it could not be checked: {str(wrong)[:200]}"
    return None if error is None else f"`{error.json_path}`: {error.message[:200]}"


def _unusable(schema: dict[str, Any]) -> str | None:
    try:
        size, depth = len(_compact(schema)), _depth(schema)
    except (ValueError, TypeError, RecursionError):
        return "is no JSON"
    if size > LARGEST or depth > DEEPEST:
        return f"has {size} characters and {depth} levels; at most {LARGEST} and {DEEPEST} are read"
    try:
        validator = _validator(schema)
        validator.check_schema(schema)
        for keyword, value in _keywords(schema):
            if keyword in UNUSABLE:
                return f"uses `{keyword}`, which is not supported"
            if keyword == "$ref" and isinstance(value, str) and not value.startswith("#"):
                return f"refers to `{value[:100]}`, outside of itself"
            if keyword == "pattern" and isinstance(value, str):
                _matcher(value)
    except RecursionError:
        return "never ends"
    except Exception as wrong:
        return f"is no valid schema: {str(getattr(wrong, 'message', wrong))[:200]}"
    return None


def _validator(schema: dict[str, Any]) -> Any:
    """A validator that fetches nothing, counts its steps, and matches patterns in linear time."""
    try:
        from jsonschema import Draft202012Validator
        from jsonschema.validators import extend, validator_for
        from referencing import Registry
    except ImportError as problem:
        raise RuntimeError(MISSING) from problem
    base = validator_for(schema, default=Draft202012Validator)
    counted = _counted()
    checks = {keyword: counted(check) for keyword, check in {**base.VALIDATORS, "pattern": _pattern}.items()}
    return extend(base, checks)(  # type: ignore[no-untyped-call]
        schema, registry=Registry()
    )


def _counted() -> Callable[[Any], Any]:
    left = STEPS

    def counted(check: Any) -> Any:
        def step(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
            nonlocal left
            # comparing each item with each costs the square of their number
            left -= 1 + (len(instance) ** 2 // 100 if check.__name__ == "uniqueItems" and _is_list(instance) else 0)
            if left < 0:
                raise _Unbounded(f"it takes more than {STEPS} steps")
            yield from check(validator, value, instance, schema) or ()

        return step

    return counted


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[Any]:
    from jsonschema import ValidationError

    if isinstance(instance, str) and not _matcher(pattern)(instance):
        yield ValidationError(f"{instance[:80]!r} does not match {pattern[:80]!r}")


def _matcher(pattern: str) -> Callable[[str], bool]:
    """A search without backtracking, which no pattern can keep busy. Raises for a pattern that it can't read."""
    from pydantic_core import SchemaValidator, core_schema

    found = SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))
    return found.isinstance_python


def _keywords(schema: Any) -> Iterator[tuple[str, Any]]:
    match schema:
        case dict():
            for name, inner in schema.items():
                yield name, inner
                yield from _keywords(inner)
        case list():
            for inner in schema:
                yield from _keywords(inner)


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if _is_list(value) else ()
    return 1 + max(map(_depth, inner), default=0)


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
