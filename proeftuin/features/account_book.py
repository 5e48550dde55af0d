"""What a bank's own systems hold about accounts: the histories that its columns ask.

Each history is of one kind of entity alone (an account, a pair of accounts), so a country can be
worked through one part of the entities at a time.
"""

import numpy as np
import pandas as pd

from proeftuin.features.asof import SPAN, History, Lookups, Past, first_of_pair
from proeftuin.features.table import DAY, cents, ints
from proeftuin.features.views import DeskView
from synthetic_data.arrays import Bools, Floats, Ints
from synthetic_data.rows import CASH_OUT, LIMIT_RAISE, SAVINGS_IN

FRESH = DAY  #: a payee is fresh to a payer until so long after their first payment


class AccountBook:
    """The payments and actions of a view, as histories; amounts are in cents.

    Args:
        view: of a bank, or of several that pooled.

    Attributes:
        time, amount, pair: (payments,) seconds, cents, and the code of payer and payee together.
        first: (payments,) whether it is the first payment of its pair.
        pair_age_s: (payments,) seconds since that first payment.
        paid, received: what accounts paid and received.
        to_fresh: what accounts paid to payees that were ``FRESH`` to them.
        from_fresh: what accounts received from payers to whom they were.
        new_payees, new_payers: first payments of pairs, by payer and by payee.
        pairs: what payers paid to each payee.
        actions: limits raised, savings moved in and cash withdrawn, by kind of action.
    """

    def __init__(self, view: DeskView) -> None:
        payments, actions = view.tables["payments"], view.tables["actions"]
        self._register = view.tables["accounts"].set_index("account")
        self.time, payer, payee = (ints(payments[c]) for c in ("time", "payer", "payee"))
        self.amount = cents(payments["amount_eur"])
        self.first = first_of_pair(payer, payee)
        self.pair, known = pd.factorize(payer * SPAN + payee)
        #: (payments,) the same pair with the money going the other way, -1 if it never did
        self.back: Ints = pd.Index(known).get_indexer(payee * SPAN + payer)
        self.pair_age_s: Ints = self.time - self.time[self.first][self.pair]
        fresh: Bools = self.pair_age_s < FRESH

        def history(entity: Ints, some: Bools) -> History:
            return History(entity[some], self.time[some], self.amount[some])

        self.paid = History(payer, self.time, self.amount)
        self.received = History(payee, self.time, self.amount)
        self.pairs = History(self.pair, self.time, self.amount)
        self.to_fresh, self.from_fresh = history(payer, fresh), history(payee, fresh)
        self.new_payees, self.new_payers = history(payer, self.first), history(payee, self.first)
        self.actions = {
            kind: History(ints(rows["account"]), ints(rows["time"]), cents(rows["amount_eur"]))
            for kind in (LIMIT_RAISE, SAVINGS_IN, CASH_OUT)
            for rows in [actions[actions["kind"] == kind]]
        }

    def held(self, account: Ints, column: str) -> Floats:
        """Look a column of the register up; NaN for accounts that it does not hold."""
        place = self._register.index.get_indexer(pd.Index(account))
        values = np.append(self._register[column].to_numpy(np.float64), np.nan)
        found: Floats = values[place]
        return found

    def balance_eur(self, account: Ints, asked: Lookups, received: Past, paid: Past) -> Floats:
        """Return the balance before each moment; NaN for accounts that the register lacks.

        Args:
            account: (rows,) codes.
            asked: these and the moments.
            received: their past in the book.
            paid: likewise.
        """
        moved = received.total() - paid.total()
        moved = moved + self.actions[SAVINGS_IN].before(asked).total()
        moved = moved - self.actions[CASH_OUT].before(asked).total()
        return self.held(account, "opening_eur") + moved / 100
