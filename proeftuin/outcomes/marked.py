"""The rows of a desk, held against the truth."""

from functools import cached_property

import numpy as np
import pandas as pd
from sklearn.metrics import auc, average_precision_score, roc_curve

from proeftuin.decisions.actions import ScoredDesk
from proeftuin.sectors import DECIDING
from synthetic_data.arrays import Bools, Floats
from synthetic_data.world import Truth

#: How well scores put fraud before honest rows, and that at the real rate.
RANKING = ("average_precision", "recall_at_1pct_fpr", "average_precision_real", "roc_auc")


class Marked:
    """The rows of a desk, marked as fraud or honest.

    Attributes:
        desk: the rows.
        fraud: (rows,) whether a row belongs to a case.
        honest: (rows,) whether no person behind the row takes part in fraud.
        judged: (rows,) whether it is one or the other. Rows of criminals outside any case (a mule
            that spends) are neither: an alert on them is right, though no victim is in them.
        weight: (rows,) weight of a fraud row at the real rate, 0 for others.
        real_weight: (rows,) weight of any row at the real rate: 1 for an honest one, and for one of
            criminals outside any case that of its form.
        form: (rows,) index of the form in the truth's sorted names, -1 if none.
    """

    def __init__(self, desk: ScoredDesk, truth: Truth) -> None:
        events = truth.events[truth.events["table"] == DECIDING[desk.desk.sector].rows]
        cases = events[events["case"] >= 0]
        place = pd.Index(cases["event"]).get_indexer(desk.event)
        self.desk = desk
        self.fraud: Bools = place >= 0
        self.honest: Bools = ~np.isin(desk.event, events["event"].to_numpy())
        self.judged: Bools = self.fraud | self.honest
        weight = cases["case"].map(truth.cases.set_index("case")["real_weight"]).to_numpy(float)
        self.weight: Floats = np.where(self.fraud, np.append(weight, 0.0)[place], 0.0)
        form = cases["form"].map({name: i for i, name in enumerate(forms_of(truth))})
        self.real_weight = self._real_weights(events, truth)
        self.form = np.where(self.fraud, np.append(form.to_numpy(), -1)[place], -1)

    @cached_property
    def ranking(self) -> tuple[float, ...] | None:
        """The figures named in ``RANKING``; None if all judged rows are of one kind."""
        fraud, score = self.fraud[self.judged], self.desk.score[self.judged]
        if not 0 < fraud.sum() < len(fraud):
            return None
        false_rate, recall, _ = roc_curve(fraud, score)
        weight = self.real_weight[self.judged]
        return (
            float(average_precision_score(fraud, score)),
            float(np.interp(0.01, false_rate, recall)),
            float(average_precision_score(fraud, score, sample_weight=weight)),
            float(auc(false_rate, recall)),
        )

    def _real_weights(self, events: pd.DataFrame, truth: Truth) -> Floats:
        """Return the weight of every row at the real rate, (rows,)."""
        of_form = truth.cases.groupby("form")["real_weight"].mean()
        apart = events[events["case"] < 0]
        place = pd.Index(apart["event"]).get_indexer(self.desk.event)
        weight = np.append(apart["form"].map(of_form).fillna(1.0).to_numpy(float), 1.0)[place]
        return np.where(self.fraud, self.weight, weight)


def forms_of(truth: Truth) -> list[str]:
    """Return the names of the fraud forms in a world."""
    return sorted(truth.cases["form"].unique())
