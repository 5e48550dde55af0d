"""What nothing reads is refused; what something reads, or what is as usual, is not."""

import pytest

from proeftuin.settings.diagnosis import problems_with


@pytest.mark.parametrize(
    "line",
    [
        "regime=silo federation=fedavg federation.dropout=0.0",  # typed, but as usual
        "regime=silo federation.local_epochs=2",  # partners alone go over their rows as well
        "detector=logistic +measure@arms.silo.measures.rules=rules",  # other arms have a detector
        "study=tune federation.local_epochs=2",
        "intervention.webshop.success=0.1",
    ],
)
def test_what_has_an_effect_or_is_as_usual_is_accepted(line: str) -> None:
    assert problems_with(line.split()) == []


def test_rounds_over_rows_that_nobody_goes_over_are_refused() -> None:
    line = "regime=silo detector=boosted_trees federation.local_epochs=2"
    [problem] = problems_with(line.split())
    assert problem.startswith("federation.local_epochs=2: has no effect")


def test_candidates_that_only_private_arms_have_are_refused() -> None:
    private = [f"privacy@arms.{arm}.privacy=record_dp" for arm in ("silo", "today", "centre")]
    words = ["privacy=record_dp", *private, "+detector.candidates.wide={hidden: [64]}"]
    assert "detector.candidates=wide: have no effect, for private arms take" in (
        " ".join(problems_with(words))
    )
