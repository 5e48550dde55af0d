"""Line busy: at payment time telecom tells the bank whether the payer is in a call with a stranger.

A vertical look-up. The bank asks only for payments to a payee that is new to the payer; it sends
the phone number, the operator answers one bit. A bank that has the number wrong, or a customer of
an operator that does not take part, gives no answer.
"""

import numpy as np
import pandas as pd

from proeftuin.features.asof import Ints
from proeftuin.features.table import Bounds
from proeftuin.features.telecom import NO_CALL
from proeftuin.sharing.flows import Flow
from proeftuin.sharing.sources import Sources
from proeftuin.sharing.telling import Question, Told
from synthetic_data.seeds import Seeds

#: Name and public bounds of the columns the signal adds.
BOUNDS: Bounds = {"line_busy": (0, 1), "line_answered": (0, 1)}
#: A repeated question within this window gets the same answer, so noise cannot be averaged away.
WINDOW_S = 600
QUERY_BYTES, ANSWER_BYTES = 24, 1


def tell(question: Question, sources: Sources) -> Told:
    """Return the operators' answers, ``line_busy`` and ``line_answered``, for every row."""
    instrument, table, seeds = question.instrument, question.table, question.seeds
    phone = sources.payer_phones(table)
    subscribers = sources.world.tables["subscribers"]
    taking_part = subscribers["operator"].isin(question.providers["telecom"])
    asked = (table.values[:, table.names.index("new_payee")] > 0) & (phone >= 0)
    payers, payer = _in_order_of_appearance(table.entities["payer"])
    matched = seeds.rng("match").random(len(payers)) < instrument.match_rate
    known = pd.Series(phone).isin(subscribers.loc[taking_part, "phone"]).to_numpy()
    answered = asked & matched[payer] & known
    row = np.flatnonzero(answered)
    call = sources.calls.in_progress(phone[row], table.time[row])
    busy = (call != NO_CALL) & sources.calls.is_unknown(call, instrument.window_days)
    mistaken = seeds.rng("mistaken").random(len(payers)) < instrument.false_match_rate
    busy |= mistaken[payer[row]]
    if instrument.mechanism.epsilon is not None:
        busy = _randomised(busy, payer[row], table.time[row], instrument.mechanism.epsilon, seeds)
    answer = np.zeros(len(table.time))
    answer[row] = busy
    return Told(
        columns={"line_busy": answer, "line_answered": answered.astype(np.float64)},
        bounds=BOUNDS,
        hits=answer > 0,
        flows=[
            Flow(
                sender=question.desk.name,
                receiver="telecom",
                data="line_busy_question",
                form="in_clear",
                about=np.unique(phone[asked]),
                fields=1,
                records=int(asked.sum()),
                bytes=int(asked.sum()) * QUERY_BYTES,
            ),
            Flow(
                sender="telecom",
                receiver=question.desk.name,
                data="line_busy_answer",
                form="in_clear" if instrument.mechanism.epsilon is None else "randomised",
                about=np.unique(phone[answered]),
                fields=1,
                records=len(row),
                bytes=len(row) * ANSWER_BYTES,
            ),
        ],
    )


def flip_probability(epsilon: float) -> float:
    """Probability of a false answer under randomised response (Warner 1965): 1 / (1 + e^ε)."""
    return float(1 / (1 + np.exp(epsilon)))


def _randomised(busy: Ints, payer: Ints, time: Ints, epsilon: float, seeds: Seeds) -> Ints:
    """Randomise one answer per payer and window; later questions in the window get it again."""
    _, first, window = np.unique(
        payer * (1 << 32) + time // WINDOW_S, return_index=True, return_inverse=True
    )
    flip = seeds.rng("randomised_response").random(len(first)) < flip_probability(epsilon)
    return (busy[first] ^ flip)[window]


def _in_order_of_appearance(codes: Ints) -> tuple[Ints, Ints]:
    """Unique codes and each row's index among them, numbered by first appearance."""
    unique, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return unique[order], rank[inverse]
