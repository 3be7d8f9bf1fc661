"""Money is exact: what is read is what is shown, and nothing odd becomes a limit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.core.money import MICROS, MOST, show, usd


@pytest.mark.parametrize(
    ("said", "micros"),
    [
        ("50", 50 * MICROS),
        ("$50", 50 * MICROS),
        ("1,200.50", 1_200_500_000),
        ("1.5k", 1500 * MICROS),
        ("US$1,200", 1200 * MICROS),
        ("USD 20", 20 * MICROS),
        ("20 dollars", 20 * MICROS),
        ("0", 0),
        (".5", 500_000),
        ("$0.000001", 1),
        ("0.1", 100_000),
        ("1,000,000,000", MOST),
    ],
)
def test_a_plain_amount_is_read_exactly(said: str, micros: int) -> None:
    assert usd(said) == micros


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("-5", "negative"),
        ("$-5", "negative"),
        ("-$5", "negative"),
        ("−5", "negative"),
        ("NaN", "not a number"),
        ("$inf", "not a number"),
        ("€50", "another currency"),
        ("50 GBP", "another currency"),
        ("C$50", "another currency"),
        ("0.0000001", "millionth"),
        ("1000000001", "more than"),
        ("9" * 5000, "too many digits"),
        ("1,20", "not an amount"),
        ("1,2000", "not an amount"),
        ("", "not an amount"),
        ("$", "not an amount"),
        ("fifty", "not an amount"),
        ("1e3", "not an amount"),
        ("٥٠", "not an amount"),
        ("1_000", "not an amount"),
    ],
)
def test_an_odd_amount_is_refused_in_words(said: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        usd(said)


@pytest.mark.parametrize(
    ("micros", "shown"),
    [
        (50 * MICROS, "$50.00"),
        (4200, "$0.0042"),
        (1, "$0.000001"),
        (1_200_500_000, "$1,200.50"),
        (-5 * MICROS, "-$5.00"),
    ],
)
def test_money_is_shown_with_no_more_decimals_than_it_needs(micros: int, shown: str) -> None:
    assert show(micros) == shown


@given(st.integers(min_value=0, max_value=MOST))
def test_what_is_shown_is_read_back_exactly(micros: int) -> None:
    assert usd(show(micros)) == micros


@given(st.text(max_size=40))
def test_any_text_is_an_amount_in_bounds_or_a_clear_refusal(text: str) -> None:
    try:
        assert 0 <= usd(text) <= MOST
    except ValueError as refusal:
        assert str(refusal).startswith("`")
