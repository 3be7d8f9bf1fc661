"""All families, by their number."""

from bench.families.databases import DATABASES
from bench.families.git import GIT
from bench.families.node import NODE
from bench.families.python import PYTHON
from bench.families.services import SERVICES
from bench.families.system import SYSTEM
from bench.families.toolchains import TOOLCHAINS

FAMILIES = tuple(
    sorted((*PYTHON, *NODE, *TOOLCHAINS, *GIT, *DATABASES, *SERVICES, *SYSTEM), key=lambda each: each.number)
)
