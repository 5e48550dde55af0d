"""Partners: each is known by its sector and name, and users write the name alone.

A name that two partners have, or that stands for something else in tables, files or flows of data,
is refused at every door: settings, mappings and stored worlds.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from scenarios.names import problem_with
from synthetic_data.schema import ALONE, SECTORS

#: Other parties and places that stand beside partners in flows, ledgers, models and folders.
OTHERS = frozenset({"centre", "server", "truth", "joint"})
#: How the models of partners that learn together begin, such as ``joint_bank``.
TOGETHER = ("centre_", "joint_")


class PartnerKey(NamedTuple):
    """A partner of a world."""

    sector: str
    name: str


def problem_with_partner(sector: str, name: str) -> str | None:
    """Return why a partner of a sector cannot have this name, or None if it can."""
    if sector in ALONE:
        return None if name == sector else f"{name}: there is one {sector}, and it is named so"
    if name.startswith(TOGETHER):
        return f"{name} is named like a model that partners learn together; choose another name"
    if name in OTHERS | SECTORS.keys():
        return f"{name} is the name of a sector or of another party; choose another name"
    return problem_with(name)


def problems_with_partners(by_sector: Mapping[str, Iterable[str]]) -> list[str]:
    """Return a sentence for every name that a partner cannot have, and every one that two have.

    Args:
        by_sector: names of the partners of every sector.
    """
    problems, sectors = [], dict[str, str]()
    for sector, names in by_sector.items():
        for name in names:
            if problem := problem_with_partner(sector, name):
                problems.append(f"{sector}: {problem}")
            if name in sectors:
                problems.append(
                    f"{sector}: {name} is a partner of sector {sectors[name]} already; "
                    "give one of them another name"
                )
            sectors.setdefault(name, sector)
    return problems
