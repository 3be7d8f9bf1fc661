"""Schemas from outside: what is honest is checked as the standard says, what is hostile ends at once."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.core.tools import Tool
from interlock.skills.tool_schema import LARGEST, misfit, problem

PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string", "pattern": "^[a-z]+$"}, "age": {"type": "integer", "minimum": 0}},
    "required": ["name"],
    "additionalProperties": False,
}


def schema_of(inner: object) -> dict[str, object]:
    return {"type": "object", "properties": {"x": inner}}


@pytest.mark.parametrize("value", [{"name": "ada"}, {"name": "ada", "age": 36}])
def test_what_fits_fits(value):
    assert problem(Tool(name="t", schema=PERSON)) is None
    assert misfit(value, PERSON) is None


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({}, "'name' is a required property"),
        ({"name": "Ada"}, "`$.name`: 'Ada' does not match '^[a-z]+$'"),
        ({"name": "ada", "age": -1}, "`$.age`: -1 is less than the minimum of 0"),
        ({"name": "ada", "x": 1}, "Additional properties are not allowed ('x' was unexpected)"),
        ({"name": "a" * LARGEST}, "it is larger than"),
    ],
)
def test_what_does_not_fit_is_told(value, words):
    assert words in str(misfit(value, PERSON))


def deep(levels: int) -> dict[str, object]:
    return {"type": "array", "items": deep(levels - 1)} if levels else {}


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string"}, "describes no object"),
        (schema_of({"type": "nonsense"}), "is no valid schema"),
        (
            schema_of({"$ref": "http://elsewhere.example/s"}),
            "refers to `http://elsewhere.example/s`, outside of itself",
        ),
        (schema_of({"$ref": "file:///etc/passwd"}), "outside of itself"),
        (schema_of({"type": "string", "pattern": "(?=a)b"}), "is no valid schema"),
        (schema_of({"patternProperties": {"(a+)+$": {}}}), "uses `patternProperties`, which is not supported"),
        (schema_of(deep(40)), "levels"),
        (schema_of({"description": "x" * 70_000}), "characters"),
        (schema_of({"maximum": float("nan")}), "is no JSON"),
    ],
)
def test_a_schema_that_lies_or_overreaches_is_not_relied_on(schema, words):
    assert words in str(problem(Tool(name="t", schema=schema)))
    assert "its output schema" in str(problem(Tool(name="t", schema={"type": "object"}, output_schema=schema))) or (
        schema == {"type": "string"}
    )


def doubling(levels: int) -> dict[str, object]:
    """Each level tries the next twice: 2^levels ways, in a few hundred bytes."""
    levels_of = {f"l{n}": {"allOf": [{"$ref": f"#/$defs/l{n + 1}"}] * 2} for n in range(levels)}
    return {"type": "object", "$ref": "#/$defs/l0", "$defs": {**levels_of, f"l{levels}": {}}}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (doubling(25), {}),
        ({"type": "object", "$ref": "#"}, {}),
        (schema_of({"type": "string", "pattern": "^(a+)+$"}), {"x": "a" * 5000 + "b"}),
        (schema_of({"uniqueItems": True}), {"x": [{}, *range(10_000)]}),
    ],
)
def test_no_schema_keeps_us_busy(schema, value):
    began = time.process_time()
    assert misfit(value, schema) is not None
    assert time.process_time() - began < 3


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON, st.dictionaries(st.sampled_from(["type", "$ref", "items", "properties", "allOf", "pattern", "$id"]), JSON))
def test_whatever_comes_as_a_schema_the_answer_is_words(value, schema):
    for said in (problem(Tool(name="t", schema=schema)), misfit(value, schema)):
        assert said is None or isinstance(said, str)
