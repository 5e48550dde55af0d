from itertools import combinations

import numpy as np
import pytest
from colorspacious import cspace_convert

from proeftuin.report.palette import FEDERATED, INK, MUTED, OWN, PAPER, POOLED, SIGNAL, style

KINDS = {
    (learning, signal): style(learning=learning, signal=signal, private=False)
    for learning, signal in [("own", False), ("own", True), ("federated", False),
                             ("federated", True), ("pooled", False)]
}  # fmt: skip
SIGHT = {
    "normal": "sRGB1",
    **{
        kind: {"name": "sRGB1+CVD", "cvd_type": kind, "severity": 100}
        for kind in ("deuteranomaly", "protanomaly", "tritanomaly")
    },
}


def rgb(colour: str) -> np.ndarray:
    return np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255


def contrast(colour: str, other: str) -> float:
    """WCAG 2 contrast ratio."""

    def luminance(channel: np.ndarray) -> float:
        linear = np.where(channel <= 0.03928, channel / 12.92, ((channel + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    light, dark = sorted((luminance(rgb(colour)), luminance(rgb(other))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colour", [OWN, FEDERATED, POOLED, SIGNAL])
def test_every_colour_stands_out_from_paper(colour: str) -> None:
    assert contrast(colour, PAPER) >= 3  # WCAG 2.1, 1.4.11


@pytest.mark.parametrize("colour", [INK, MUTED])
def test_text_can_be_read(colour: str) -> None:
    assert contrast(colour, PAPER) >= 4.5  # WCAG 2.1, 1.4.3


@pytest.mark.parametrize("sight", SIGHT)
def test_colours_are_told_apart_with_any_colour_vision(sight: str) -> None:
    seen = {
        colour: cspace_convert(np.clip(rgb(colour), 0, 1), SIGHT[sight], "CAM02-UCS")
        for colour in (OWN, FEDERATED, POOLED, SIGNAL)
    }
    nearest = min(float(np.linalg.norm(seen[a] - seen[b])) for a, b in combinations(seen, 2))
    assert nearest >= 18


def test_no_two_kinds_share_a_marker_and_noise_is_dashed() -> None:
    assert len({look.marker for look in KINDS.values()}) == len(KINDS)
    for (learning, signal), plain in KINDS.items():
        noisy = style(learning=learning, signal=signal, private=True)
        assert (noisy.colour, noisy.marker) == (plain.colour, plain.marker)
        assert noisy.dashed
        assert not plain.dashed
