"""Policy by Cedar: text that an organisation can read, version and test; deny by default, and an error never allows."""

from interlock.adapters.cedar.authorizer import CedarAuthorizer
from interlock.adapters.cedar.cases import Tried, try_cases
from interlock.adapters.cedar.source import STARTER, PolicyUnusable, Problem, check

__all__ = ["STARTER", "CedarAuthorizer", "PolicyUnusable", "Problem", "Tried", "check", "try_cases"]
