"""The settings of vertical learning: parties that know different things about the same person."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic.dataclasses import dataclass

from proeftuin.settings.privacy import Delta
from scenarios.parameters import STRICT, parameter

Holding = Literal["telecom", "webshop"]
"""A sector whose parties hold columns about a bank's customers."""


def _each_once(sectors: tuple[Holding, ...]) -> tuple[Holding, ...]:
    if len(set(sectors)) < len(sectors):
        raise ValueError("name each sector once")
    return sectors


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Vertical:
    """Vertical learning of a bank with columns that stay at other sectors (split learning).

    Attributes:
        sectors: sectors of the passive parties.
        width: width of the embedding of a row.
        passes: training rounds of the bank between two exchanges of embeddings.
        clip_norm: L2 norm that embeddings, and the gradients sent back, are clipped to.
        noise_multiplier: standard deviation of Gaussian noise on them / ``clip_norm``; 0 is none.
        delta: probability with which the parties' guarantee may fail.
        learning_rate: step size of the parties' own layers.
    """

    sectors: Annotated[tuple[Holding, ...], Field(min_length=1), AfterValidator(_each_once)]
    match_rate: float = parameter(
        "share of a bank's customers that it can find at a party, apart from wrong numbers in "
        "registers",
        unit="share", source="[A] no source", low=0, high=1,
    )  # fmt: skip
    false_match_rate: float = parameter(
        "share of a bank's customers that are taken for another customer of the bank",
        unit="share", source="[A] no source", low=0, high=0.1,
    )  # fmt: skip
    width: Annotated[int, Field(ge=1, le=256)]
    passes: Annotated[int, Field(ge=1, le=1000)]
    clip_norm: Annotated[float, Field(gt=0, le=1000)]
    noise_multiplier: Annotated[float, Field(ge=0, le=10_000)]
    delta: Delta
    learning_rate: Annotated[float, Field(gt=0, le=100)]
