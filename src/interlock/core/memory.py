"""What is remembered of fixes: counts per failure, fix and environment, folded from lessons."""

from msgspec import Struct


class Remembered(Struct, frozen=True, kw_only=True):
    """The record of one fix against one failure: how often it was tried and worked; `last_at` is unix micro-seconds."""

    fingerprint: str
    fix: str
    environment: str
    wins: int = 0
    tries: int = 0
    cost: int = 0
    last_at: int = 0
    forgotten: bool = False
