"""Colours and markers by meaning: what is shared decides the style, the same in every chart.

Colour never stands alone: every kind has its own marker, and differential privacy shows as a hollow
marker on a dashed line. A test checks contrast and colour blindness.
"""

from dataclasses import dataclass

OWN, FEDERATED, POOLED, SIGNAL = "#3D3D3D", "#0072B2", "#D55E00", "#690069"
INK, MUTED, RULE, PAPER = "#1B1B1B", "#595959", "#D5D5D5", "#FFFFFF"


@dataclass(frozen=True)
class Style:
    """How one arm is drawn."""

    colour: str
    marker: str
    dashed: bool


def style(*, learning: str, signal: bool, private: bool) -> Style:
    """Return the style of an arm.

    Args:
        learning: ``own``, ``federated``, ``pooled`` or ``vertical``, as in the regime.
        signal: whether a signal from another sector is shared.
        private: whether differential privacy protects what leaves.
    """
    colour, marker = {
        ("own", False): (OWN, "o"),
        ("own", True): (SIGNAL, "^"),
        ("vertical", True): (SIGNAL, "v"),
        ("federated", False): (FEDERATED, "s"),
        ("federated", True): (FEDERATED, "D"),
    }.get((learning, signal), (POOLED, "h"))
    return Style(colour=colour, marker=marker, dashed=private)
