"""Personalised federated learning: a partner's own model, or part of one, beside the joint model.

The personal part stays with the partner and is never sent.
"""

import numpy as np

from proeftuin.detectors.gradient import Learner, Parameters
from proeftuin.settings.federation import FineTuning, MeanRegularised, Personal

State = dict[str, Parameters]
"""What a partner keeps between messages: ``OWN``, its model; ``TOTAL`` and ``COUNT``, (1,), the sum
of its models in the second half of the rounds, and how many these are."""

OWN, TOTAL, COUNT = "own", "total", "count"
KEPT = ("local_head", "mean_regularised")  #: kinds of which something stays from round to round


class Personalisation:
    """The personal part of the partners' models: often none, by the settings.

    Args:
        personal: the settings.
        initial: (P,) weights of round 0.
        head: place of the first weight of the last layer.
        rounds: number of joint rounds.
    """

    def __init__(
        self, personal: Personal | None, initial: Parameters, head: int, rounds: int
    ) -> None:
        self._personal, self.initial, self._rounds = personal, initial, rounds
        self._kind = personal.kind if personal is not None else None
        self._shared = head if self._kind == "local_head" else None  # trees grow: all of them

    def shared(self, weights: Parameters) -> Parameters:
        """Return the part of a model that travels."""
        return weights[: self._shared]

    def start(self, state: State, joint: Parameters) -> Parameters:
        """Return the weights that a partner's round begins with, given the joint ones.

        The pull to the average is the proximal step of ``strength / 2 * |weights - joint|^2``: it
        takes turns with rounds of learning.
        """
        latest = self._joined(state.get(OWN, self.initial), joint)
        if not isinstance(self._personal, MeanRegularised):
            return latest
        pull = self._personal.strength
        mixed = (latest + pull * joint) / (1 + pull)
        return mixed.astype(np.float32)

    def model(self, state: State, joint: Parameters) -> Parameters:
        """Return the model that a partner has with a joint one: a mean over rounds, as that is."""
        own = state.get(OWN, self.initial)
        if COUNT in state:
            own = (state[TOTAL] / state[COUNT]).astype(np.float32)
        return self._joined(own, joint)

    def _joined(self, own: Parameters, joint: Parameters) -> Parameters:
        """Put what is a partner's own and what is joint together."""
        if self._kind == "mean_regularised":
            return own
        if self._kind == "local_head":
            return np.concatenate([joint, own[self._shared :]])
        return joint

    def keep(self, state: State, trained: Parameters, training_round: int) -> Parameters:
        """Store the personal part of a trained model; return the part that is sent."""
        if self._kind in KEPT:
            state[OWN] = trained
        if self._kind in KEPT and training_round > self._rounds // 2:
            state[TOTAL] = state.get(TOTAL, np.zeros(len(trained))) + trained
            state[COUNT] = state.get(COUNT, np.zeros(1)) + 1
        return self.shared(trained)

    def final(self, state: State, joint: Parameters, learner: Learner, rounds: int) -> Parameters:
        """Return the personal model of a partner after the last round.

        Args:
            state: personal state of the partner.
            joint: the joint model.
            learner: learner of the partner.
            rounds: number of joint rounds.
        """
        if not isinstance(self._personal, FineTuning):
            return self.model(state, joint)
        tuned = joint
        for further in range(1, self._personal.rounds + 1):
            tuned = learner.train(tuned, rounds + further)
        return tuned
