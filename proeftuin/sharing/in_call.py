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
from proeftuin.instruments.mechanisms import Mechanism
from proeftuin.sharing.flows import Flow
from proeftuin.sharing.matching import Marks, Matching
from proeftuin.sharing.protect import ANSWER_BYTES, CODE_BYTES, answer_form, randomised
from proeftuin.sharing.sources import Sources
from proeftuin.sharing.telling import Question, Told
from synthetic_data.seeds import Seeds

#: Name and public bounds of the columns the signal adds.
BOUNDS: Bounds = {"line_busy": (0, 1), "line_answered": (0, 1)}
#: A repeated question within this window gets the same answer, so noise cannot be averaged away.
WINDOW_S = 600


def tell(question: Question, sources: Sources) -> Told:
    """Return the operators' answers, ``line_busy`` and ``line_answered``, for every row."""
    instrument, table, seeds = question.instrument, question.table, question.seeds
    phone = sources.payer_phones(table)
    subscribers = sources.world.tables["subscribers"]
    taking_part = subscribers["operator"].isin(question.providers["telecom"])
    asked = (table.values[:, table.names.index("new_payee")] > 0) & (phone >= 0)
    matching = Matching(table.entities["payer"], instrument, seeds)
    payer = matching.entity
    known = pd.Series(phone).isin(subscribers.loc[taking_part, "phone"]).to_numpy()
    answered = asked & matching.found[payer] & known
    row = np.flatnonzero(answered)
    call = sources.calls.in_progress(phone[row], table.time[row])
    busy = (call != NO_CALL) & sources.calls.is_unknown(call, instrument.window_days)
    busy |= matching.mistaken[payer[row]]
    busy = _randomised(busy, payer[row], table.time[row], instrument.mechanism, seeds)
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
                bytes=int(asked.sum()) * CODE_BYTES,
            ),
            Flow(
                sender="telecom",
                receiver=question.desk.name,
                data="line_busy_answer",
                form=answer_form(instrument.mechanism),
                about=np.unique(phone[answered]),
                fields=1,
                records=len(row),
                bytes=len(row) * ANSWER_BYTES,
            ),
        ],
    )


def _randomised(busy: Marks, payer: Ints, time: Ints, mechanism: Mechanism, seeds: Seeds) -> Marks:
    """Randomise one answer per payer and window; later questions in the window get it again."""
    _, first, window = np.unique(
        payer * (1 << 32) + time // WINDOW_S, return_index=True, return_inverse=True
    )
    return randomised(busy[first], mechanism, seeds.rng("randomised_response"))[window]
