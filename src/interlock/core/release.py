"""A release of a package, as an index lists it."""

from msgspec import Struct


class Release(Struct, frozen=True, kw_only=True):
    """One version of a distribution. `uploaded` is unix seconds of its first file, `requires_python` its bound."""

    version: str
    uploaded: float
    requires_python: str = ""
    yanked: bool = False
