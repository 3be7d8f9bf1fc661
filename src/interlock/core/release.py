"""A release of a package, as an index lists it; an interpreter, as a machine has it."""

from msgspec import Struct


class Release(Struct, frozen=True, kw_only=True):
    """One version of a distribution. `uploaded` is unix seconds of its first file, `requires_python` its bound."""

    version: str
    uploaded: float
    requires_python: str = ""
    yanked: bool = False


class Interpreter(Struct, frozen=True, kw_only=True):
    """A Python that is present. `path` is its program, `library` the folder of its standard library."""

    version: tuple[int, int]
    path: str
    library: str

    @property
    def minor(self) -> str:
        """Its version as people write it, such as `3.9`."""
        return f"{self.version[0]}.{self.version[1]}"
