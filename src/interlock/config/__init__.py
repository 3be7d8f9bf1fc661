"""What a workspace declares in `interlock.toml`, or what a first look at its folder lets us assume; and settings."""

from interlock.config.detection import detect, init
from interlock.config.goals import for_goal
from interlock.config.loading import load
from interlock.config.reading import FILE_NAME, ProjectFileError
from interlock.config.settings import Settings

__all__ = [
    "FILE_NAME",
    "ProjectFileError",
    "Settings",
    "detect",
    "for_goal",
    "init",
    "load",
]
