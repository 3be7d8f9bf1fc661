"""Settings: `config/shop.toml`, overridden by SHOP_* in the environment, checked before anything starts."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from environs import Env

FILE = Path("config/shop.toml")
LOG_LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR"]


@dataclass(frozen=True)
class Settings:
    log_level: str
    database: Path
    journal: Path
    vat_percent: int


def load(file: Path = FILE) -> Settings:
    """Read the settings; raises ValueError when one of them makes no sense."""
    written = tomllib.loads(file.read_text(encoding="utf-8"))
    env = Env()
    settings = Settings(
        log_level=env.str("SHOP_LOG_LEVEL", written["log_level"]),
        database=Path(env.str("SHOP_DATABASE", written["database"])),
        journal=Path(env.str("SHOP_JOURNAL", written["journal"])),
        vat_percent=env.int("SHOP_VAT_PERCENT", written["vat_percent"]),
    )
    if settings.log_level not in LOG_LEVELS:
        raise ValueError(f"{file}: log_level: {settings.log_level!r} is not one of {LOG_LEVELS}")
    return settings
