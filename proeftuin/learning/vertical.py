"""A bank learns with columns about its payers that stay at operators or web shops."""

import dataclasses

import numpy as np
from numpy.typing import NDArray

from proeftuin.detectors.model import GradientModel, NoModel
from proeftuin.detectors.network import initial_weights
from proeftuin.detectors.scaling import exact_moments
from proeftuin.errors import SettingsError
from proeftuin.features.split import Split, chosen_rows, split_rows
from proeftuin.features.table import DAY, FeatureTable
from proeftuin.federation.training import Training
from proeftuin.federation.vertical.active import (
    ActiveParty,
    AlignmentQuery,
    SplitModel,
    fit_split,
    reach,
)
from proeftuin.federation.vertical.passive import PassiveParty
from proeftuin.learning.train import Learned
from proeftuin.privacy.learners import learner_of
from proeftuin.settings.arm import Arm
from proeftuin.settings.study import Evaluation, Settings
from proeftuin.settings.vertical import Vertical
from proeftuin.sharing.aligned import Aligned
from proeftuin.sharing.flows import Flow
from synthetic_data.arrays import Bools, Ints
from synthetic_data.seeds import Seeds


def learn_vertically(
    table: FeatureTable, aligned: Aligned, arm: Arm, settings: Settings, *, owner: str, seeds: Seeds
) -> Learned:
    """Train a bank's model with embeddings from parties of other sectors.

    Args:
        table: the bank's rows.
        aligned: its queries, and the parties that hold columns.
        arm: its regime holds the settings of vertical learning.
        settings: of the study.
        owner: name of the bank.
        seeds: the arm's streams.
    """
    vertical = arm.regime.vertical
    if vertical is None:
        raise SettingsError(["regime.vertical=null: regime.learning=vertical needs it"])
    split = split_rows(table, settings.evaluation)
    training = Training({owner: split}, table.names, arm, settings.federation, seeds)
    if training.missing:
        return Learned(NoModel(table.names, training.missing), [], ())
    asked, query = _query(table, aligned, settings.evaluation)
    holders = [
        PassiveParty(
            name, columns, vertical, initial=seeds, seeds=seeds.child("holder", owner, name)
        )
        for name, columns in aligned.holders.items()
    ]
    wide = _widened(split, vertical.width * len(vertical.sectors))
    learner = learner_of(wide, arm, settings.federation, owner=owner, seeds=seeds)
    own = exact_moments(split.train_x.astype(np.float64))
    bank = ActiveParty(learner, own, vertical, seeds.child("gradients", owner))
    initial = initial_weights(wide.columns, arm.detector, seeds)
    found = fit_split(bank, holders, query, initial, training.rounds)
    told = _told(table, asked, found, vertical)
    ledgers = [each.ledger() for each in holders] if vertical.noise_multiplier else []
    return Learned(
        GradientModel(told.names, arm.detector, found.weights, bank.moments),
        [],
        (learner,),
        found.bytes_moved,
        found.messages,
        table=told,
        flows=_flows(owner, aligned, asked, found, vertical),
        ledgers=tuple(each for each in ledgers if each is not None),
        rounds=training.rounds,
    )


def _query(
    table: FeatureTable, aligned: Aligned, evaluation: Evaluation
) -> tuple[Ints, AlignmentQuery]:
    """Return the rows of a bank's query, (asked,), and the query.

    These are rows with a phone number that it trains on or scores later.
    """
    late = table.time >= evaluation.scored_day * DAY
    train = chosen_rows(table, evaluation)
    asked = np.flatnonzero((aligned.phone >= 0) & (train | late))
    query = AlignmentQuery(
        phone=aligned.phone[asked],
        time=table.time[asked],
        train=_places(train)[asked],
        late=late[asked],
    )
    return asked, query


def _flows(
    owner: str, aligned: Aligned, asked: Ints, found: SplitModel, vertical: Vertical
) -> tuple[Flow, ...]:
    """Return the flows between the bank and every sector that knew any of the rows."""
    return tuple(
        flow
        for sector, known, embedded, gradients in zip(
            vertical.sectors, found.known.T, found.embedded, found.gradients, strict=True
        )
        for flow in aligned.flows(
            owner, sector, asked, asked[known], int(embedded), int(gradients), vertical
        )
    )


def _places(rows: Bools) -> Ints:
    """Return for every row its place among those that are marked, or -1."""
    return np.where(rows, np.cumsum(rows) - 1, -1)


def _widened(split: Split, width: int) -> Split:
    """Return rows with room for so many further columns behind their own."""

    def wide(rows: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.pad(rows, ((0, 0), (0, width)))

    return dataclasses.replace(split, train_x=wide(split.train_x), valid_x=wide(split.valid_x))


def _told(table: FeatureTable, asked: Ints, found: SplitModel, vertical: Vertical) -> FeatureTable:
    """Return a table with the embeddings of the rows to be scored, and 0 for all others."""
    embeddings = np.zeros((len(table.time), found.embeddings.shape[1]))
    embeddings[asked] = found.embeddings
    names = [
        f"{sector}_embedding_{number}"
        for sector in vertical.sectors
        for number in range(1, vertical.width + 1)
    ]
    bounds = dict.fromkeys(names, (-reach(vertical), reach(vertical)))
    return table.with_columns(dict(zip(names, embeddings.T, strict=True)), bounds)
