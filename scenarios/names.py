"""The one rule for names that become a key, a folder, a file or a column.

Partners, worlds, scenarios, regimes, studies, arms, plug-ins' parts and columns of a bank's own are
named by it, whether the name is in a setting, in a user's YAML, in a mapping or in a stored world.
"""

import re
from typing import Annotated

from pydantic import AfterValidator

MOST_CHARACTERS = 60  #: several names together still make a file name
NAME = re.compile(rf"[a-z][a-z0-9_-]{{0,{MOST_CHARACTERS - 1}}}")
#: What YAML or a command line takes for a truth value or a number, and ``all`` for everybody.
RESERVED = frozenset(
    {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "all"}
)


def problem_with(name: str) -> str | None:
    """Return why a name cannot be used and what can, or None if it can."""
    if name in RESERVED:
        return (
            f"{name} has a meaning of its own, as have yes, no, on and off, which YAML takes for "
            "true and false; choose another name"
        )
    if NAME.fullmatch(name):
        return None
    return (
        f"{name!a:.60} becomes a key and the name of a file; use 1 to {MOST_CHARACTERS} "
        "lower-case letters, digits, - and _, of which the first is a letter"
    )


def _checked(name: str) -> str:
    if problem := problem_with(name):
        raise ValueError(problem)
    return name


Name = Annotated[str, AfterValidator(_checked)]
"""A name in settings."""
