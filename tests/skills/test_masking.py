"""What is kept of an output holds no secrets and can't disturb a terminal."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.skills.masking import masked, secrets_of

TOKENS = [
    "gh" + "p_" + "a1B2" * 9,
    "AK" + "IA" + "ABCDEFGHIJKLMNOP",
    "xox" + "b-1234567890-abcdef",
    "sk" + "-" + "abcd1234" * 4,
    "ey" + "JhbGciOiJI.eyJzdWIiOiIx.SflKxwRJSMeKKF2QT4",
]


@pytest.mark.parametrize("token", TOKENS)
def test_tokens_are_masked_wherever_they_stand(token):
    assert masked(f"using {token}, then on") == "using [masked], then on"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("password=hunter22 next", "password=[masked] next"),
        ('DB_PASSWORD: "correct-horse"', 'DB_PASSWORD: "[masked]"'),
        ("postgres://app:s3cret@db/shop", "postgres://app:[masked]@db/shop"),
        ("token = parser.next_token()", "token = parser.next_token()"),
        ("assert token == expected", "assert token == expected"),
        ("password: Optional[str]", "password: Optional[str]"),
        ("KeyError: 'API_TOKEN'", "KeyError: 'API_TOKEN'"),
    ],
)
def test_assigned_secrets_are_masked_and_code_is_not(said, kept):
    assert masked(said) == kept


def test_values_of_our_own_secret_variables_are_masked():
    secrets = secrets_of({"DEPLOY_TOKEN": "abcdefgh123", "HOME": "/home/a", "X_SECRET": "short"})
    assert secrets == ("abcdefgh123",)
    assert masked("key abcdefgh123 used", secrets) == "key [masked] used"


@given(st.text())
def test_what_is_kept_can_always_be_stored_and_holds_no_controls(text):
    kept = masked(text)
    kept.encode()
    assert not any((ord(letter) < 32 or 127 <= ord(letter) < 160) and letter not in "\n\t\r" for letter in kept)


@pytest.mark.parametrize(
    "unit", ["a-", "a.", "eyJ-", "token_", "secret=aaaaaa(", "-----BEGIN A", "\x1b]", "https://a:"]
)
def test_no_output_makes_masking_slow(unit):
    began = time.process_time()
    masked(unit * (12_000 // len(unit)))
    assert time.process_time() - began < 2.0
