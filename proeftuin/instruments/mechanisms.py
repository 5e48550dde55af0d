"""How an answer or a list is protected on its way: declared here, carried out in ``sharing``."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from scenarios.figures import STRICT

#: Names by what they fit: a yes or no about one moment, a number, a list of identifiers.
FOR_ANSWERS = ("plain", "keyed_hash", "randomised_response")
FOR_COUNTS = ("plain", "keyed_hash", "dp_count")
FOR_LISTS = ("plain", "keyed_hash", "bloom_filter", "set_intersection")
#: The number that a mechanism needs; the others have none.
NEEDS = {
    "randomised_response": "epsilon",
    "dp_count": "epsilon",
    "bloom_filter": "false_positive_rate",
}


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Mechanism:
    """One way to protect what is told.

    Attributes:
        name: ``plain``; ``keyed_hash``: whoever has the key can try out every number there is;
            ``randomised_response``: a yes or no that is false with probability 1 / (1 + e^epsilon)
            (Warner 1965); ``dp_count``: a count with discrete Laplace noise of scale 1 / epsilon
            (Ghosh et al. 2012); ``bloom_filter``: a list on which others seem to be (Bloom 1970);
            ``set_intersection``: the asker learns which of its own identifiers are on the list.
        epsilon: differential privacy of one answer or of one count towards one person in it.
        false_positive_rate: share of those not on the list who seem to be.
    """

    name: Literal[
        "plain", "keyed_hash", "randomised_response", "dp_count", "bloom_filter",
        "set_intersection",
    ]  # fmt: skip
    epsilon: Annotated[float, Field(gt=0, le=50)] | None
    false_positive_rate: Annotated[float, Field(gt=0, le=0.5)] | None

    def problems(self) -> list[str]:
        """Return one sentence, beginning with the key, for every number missing or too many."""
        found = []
        for field in ("epsilon", "false_positive_rate"):
            number, needed = getattr(self, field), NEEDS.get(self.name) == field
            if needed and number is None:
                found.append(f"{field}=null: name={self.name} needs a number here")
            if not needed and number is not None:
                found.append(
                    f"{field}={number:g}: name={self.name} has no such number, so it would promise "
                    "what is not done; write null"
                )
        return found
