"""Names that libraries do not promise to keep: the one here that fails says which has gone."""

import numpy as np
import pytest
from dp_accounting import GaussianDpEvent
from dp_accounting.pld import PLDAccountant
from dp_accounting.pld.privacy_loss_mechanism import AdjacencyType, MixtureGaussianPrivacyLoss
from flwr.app import Message, RecordDict

from proeftuin.federation.flower_internals import empty_run, identify_process, set_message_id
from proeftuin.privacy.dp_accounting_internals import (
    ITS_OWN_SEARCH,
    _losses,
    invert_mixtures_at_once,
    loss_distribution,
)


def test_flower_still_has_a_run_without_an_app() -> None:
    assert empty_run(7).run_id == 7


def test_flower_still_takes_the_identity_of_a_process_and_the_id_of_a_message() -> None:
    identify_process(7, 3)
    message = Message(RecordDict(), 2, "train")
    assert (message.metadata.run_id, message.metadata.src_node_id) == (7, 3)
    set_message_id(message, "41")
    assert message.metadata.message_id == "41"


def test_an_accountant_of_dp_accounting_still_holds_its_loss_distribution() -> None:
    accountant = PLDAccountant()
    accountant.compose(GaussianDpEvent(2.0), 3)
    epsilon = accountant.get_epsilon(1e-5)
    assert epsilon > 1
    assert loss_distribution(accountant).get_epsilon_for_delta(1e-5) == epsilon


@pytest.mark.parametrize("adjacency", [AdjacencyType.ADD, AdjacencyType.REMOVE])
def test_losses_of_a_mixture_are_found_to_the_bit_as_dp_accounting_finds_them(
    adjacency: AdjacencyType, monkeypatch: pytest.MonkeyPatch
) -> None:
    mixture = MixtureGaussianPrivacyLoss(
        1.3, [0, 1, 2, 5], [0.7, 0.2, 0.08, 0.02], adjacency_type=adjacency
    )
    points = np.linspace(-9, 9, 301)
    assert _losses(mixture, points).tolist() == [mixture.privacy_loss(x) for x in points]
    losses = np.linspace(-0.3, 0.3, 200)
    search = "_inverse_privacy_losses_with_range"
    monkeypatch.setattr(MixtureGaussianPrivacyLoss, search, ITS_OWN_SEARCH)
    expected = mixture.inverse_privacy_losses(losses).tolist()
    invert_mixtures_at_once()
    assert getattr(MixtureGaussianPrivacyLoss, search) is not ITS_OWN_SEARCH
    assert mixture.inverse_privacy_losses(losses).tolist() == expected
