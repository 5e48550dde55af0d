"""The costs of sharing: data flows, persons disclosed, privacy loss, and incidents in training."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from proeftuin.metrics import ALL
from proeftuin.outcomes.journeys import share
from proeftuin.privacy.ledger import Guarantee
from proeftuin.sharing.flows import EXACT, Flow

INCIDENTS = ("no_answer", "refused_update")
NO_ONE = np.zeros(0, dtype=np.int64)


def costs_of(
    flows: list[Flow],
    guarantees: list[Guarantee],
    names: tuple[str, ...],
    incidents: Sequence[tuple[str, int, str]],
    *,
    outcomes: pd.DataFrame,
    people: int,
    days: int,
    tested: int,
    seconds: float,
) -> pd.DataFrame:
    """Return the costs of sharing beyond today's practice, per partner and for all together.

    A partner's are those of what it sends or receives.

    Persons are counted by telephone number; registers with old and wrong numbers name more numbers
    than there are people, so the count is capped at the population.

    Args:
        flows: data flows over the whole world.
        guarantees: privacy guarantees of training.
        names: all partners with a desk.
        incidents: missing answers and refused updates of federated rounds: partner, round, kind.
        outcomes: of the same arm; give the fraud that it stops.
        people: adults in the world.
        days: length of the world.
        tested: length of the test period.
        seconds: computing time of the arm.

    Returns:
        Columns ``partner, fraud_form, metric, value``; ``fraud_form`` is ``all``.
    """
    rows: list[tuple[str, str, float]] = [(ALL, "seconds", seconds)]
    flows = [flow for flow in flows if not flow.today]
    for partner in (*names, ALL):
        mine = [flow for flow in flows if partner in (ALL, flow.sender, flow.receiver)]
        about = np.unique(np.concatenate([NO_ONE, *(flow.about for flow in mine)]))
        exact = [flow.about for flow in mine if flow.form in EXACT]
        named = np.unique(np.concatenate([NO_ONE, *exact]))
        fields = {(flow.data, flow.fields) for flow in mine}
        epsilons = [g.epsilon for g in guarantees if partner in (ALL, g.partner)]
        rows += [
            (partner, "persons_disclosed", float(min(len(about), people))),
            (partner, "persons_named", float(min(len(named), people))),
            (partner, "fields_disclosed", float(sum(count for _, count in fields))),
            (partner, "bytes_moved", float(sum(flow.bytes for flow in mine))),
            (partner, "epsilon", max(epsilons, default=np.nan)),
        ]
        happened = Counter(what for who, _, what in incidents if partner in (ALL, who))
        rows += [(partner, what, float(happened[what])) for what in INCIDENTS]
    together = outcomes[(outcomes["partner"] == ALL) & (outcomes["fraud_form"] == ALL)]
    real = float(together.set_index("metric")["value"]["journeys_stopped_real"])
    stopped = real * days / tested
    disclosed = next(v for who, metric, v in rows if (who, metric) == (ALL, "persons_disclosed"))
    rows.append((ALL, "persons_disclosed_per_fraud", share(disclosed, stopped)))
    table = pd.DataFrame(rows, columns=["partner", "metric", "value"])
    return table.assign(fraud_form=ALL)


def mean_flows(
    flows: Sequence[Mapping[str, object]], *, worlds: int, days: int, people: int
) -> list[dict[str, object]]:
    """Average every kind of flow over the worlds of a study.

    Args:
        flows: of all worlds, as :meth:`proeftuin.sharing.flows.Flow.to_dict` gives them, each with
            its ``arm`` and ``seed``.
        worlds: how many.
        days: length of a world.
        people: adults in a world; no flow is about more, as in :func:`costs_of`.
    """
    if not flows:
        return []
    rows = pd.DataFrame(flows)
    key = ["arm", "sender", "receiver", "data", "form", "today"]
    numbers = ["persons", "fields", "records", "bytes"]
    of_world = rows.groupby([*key, "seed"], sort=False)[numbers].sum()
    of_world["persons"] = of_world["persons"].clip(upper=people)
    total = of_world.groupby(key, sort=False).sum()
    mean = (total / worlds).reset_index().assign(period=f"{days} days")
    return mean.to_dict("records")  # type: ignore[return-value]
