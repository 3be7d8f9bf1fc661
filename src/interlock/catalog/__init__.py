"""The catalogue as shipped: known failures and their remedies, as data files, and who provides which module."""

import tomllib
from collections.abc import Mapping
from importlib import resources

from interlock.core.catalog import BadEntry, Entry, entry_from


def entries() -> tuple[Entry, ...]:
    """All entries of the shipped catalogue. Raises BadEntry, naming the file."""
    folder = resources.files(__package__) / "entries"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return tuple(_entry(file.name, file.read_text(encoding="utf-8")) for file in files)


def modules() -> Mapping[str, str]:
    """Names that are imported, and the distributions that are well known to provide them."""
    text = (resources.files(__package__) / "modules.toml").read_text(encoding="utf-8")
    return {str(module): str(name) for module, name in tomllib.loads(text)["modules"].items()}


def _entry(file: str, text: str) -> Entry:
    try:
        return entry_from(tomllib.loads(text))
    except tomllib.TOMLDecodeError as problem:
        raise BadEntry(f"`{file}` is no TOML: {problem}") from None
