"""An export is whole, of this format, and possible, or it is refused in words; garbage crashes nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from interlock.core.exchange import BadExport, body, closing_line, read_export, refuse_older
from interlock.core.memory import Remembered

SEEN = Remembered(
    fingerprint="v1:f", fix="wait", environment="here", wins=1, tries=2, cost=5, last_at=90,
    counted_wins=0.9, counted_tries=1.9, refused=1,
)  # fmt: skip


def exported(*records: Remembered, at: int = 100) -> bytes:
    return body(records, origin="interlock/a", key="interlock/a+1+x", at=at) + closing_line(b"signed")


def test_what_a_store_learned_itself_is_exported_and_read_back_as_its_own() -> None:
    told = replace(SEEN, fix="told", origin="interlock/z")
    gone = replace(SEEN, fix="gone", forgotten=True)
    export = read_export(exported(SEEN, told, gone))
    assert export.records == (replace(SEEN, origin="interlock/a"),)
    assert (export.header.origin, export.signature) == ("interlock/a", b"signed")
    assert export.signed + closing_line(b"signed") == exported(SEEN)


@pytest.mark.parametrize("cut", range(1, len(exported(SEEN, replace(SEEN, fix="b")))))
def test_cut_off_anywhere_it_is_refused(cut: int) -> None:
    with pytest.raises(BadExport):
        read_export(exported(SEEN, replace(SEEN, fix="b"))[:-cut])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is no export"),
        (b"\x00\xff\n", "is no export"),
        (b'{"fingerprint":"v1:f","fix":"a"}\n', "did not sign exports; export it again with this version"),
        (
            exported(SEEN).replace(b'"interlock_memory":1', b'"interlock_memory":2'),
            "has format `2`, this interlock reads 1",
        ),
        (exported(SEEN).replace(b'"at":100', b'"at":"now"'), "its first line is damaged"),
        (exported(SEEN).replace(b'"wins":1', b'"wins":"x"'), "line 2 is damaged"),
        (exported(SEEN).replace(b'"wins":1', b'"wins":3'), "line 2 tells of what can't have happened"),
        (exported(SEEN).replace(b'"counted_tries":1.9', b'"counted_tries":1e9'), "what can't have happened"),
        (exported(SEEN, at=80), "what can't have happened"),
        (exported(SEEN).replace(b"signature", b"signatory"), "is no signature"),
        (exported(SEEN) + b"{}\n", "added to"),
    ],
)
def test_what_is_wrong_with_it_is_said(content: bytes, says: str) -> None:
    with pytest.raises(BadExport, match=says):
        read_export(content)


def test_an_export_older_than_what_came_from_there_is_refused() -> None:
    header = read_export(exported(SEEN)).header
    refuse_older(header, [replace(SEEN, last_at=500), replace(SEEN, origin="interlock/a", last_at=100)])
    with pytest.raises(BadExport, match="a newer export of `interlock/a`"):
        refuse_older(header, [replace(SEEN, origin="interlock/a", last_at=101)])


@given(st.binary(max_size=60), st.integers(0, 400), st.integers(0, 40))
def test_garbage_is_refused_and_never_crashes(garbage: bytes, at: int, drop: int) -> None:
    whole = exported(SEEN)
    bent = whole[:at] + garbage + whole[at + drop :]
    try:
        export = read_export(bent)
    except BadExport:
        return
    assert all(0 <= one.counted_wins <= one.counted_tries <= one.tries for one in export.records)
