"""Names that libraries do not promise to keep: the one here that fails says which has gone."""

from dp_accounting import GaussianDpEvent
from dp_accounting.pld import PLDAccountant
from flwr.app import Message, RecordDict

from proeftuin.federation.flower_internals import empty_run, identify_process, set_message_id
from proeftuin.privacy.dp_accounting_internals import loss_distribution


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
