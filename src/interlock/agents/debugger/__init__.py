"""The debugger: finds what may help against a failure, in the order in which it is likely to. It never acts."""

from interlock.agents.debugger.agent import CatalogDebugger
from interlock.agents.debugger.case import Releases
from interlock.agents.debugger.strategies import STRATEGIES

__all__ = ["STRATEGIES", "CatalogDebugger", "Releases"]
