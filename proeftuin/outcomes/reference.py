"""The reference that decisions are judged against: a world with its truth, and the test period."""

from dataclasses import dataclass

from proeftuin.settings.study import Interventions, Settings
from proeftuin.sharing.information import InformationSets
from synthetic_data.clock import DAY
from synthetic_data.world import Truth, World


@dataclass(frozen=True, eq=False)
class Reference:
    """The reference that decisions are judged against, the same for all arms and coalitions.

    Attributes:
        world: tables and labels of the partners.
        truth: which rows were fraud.
        interventions: action on an alert and its probability of success, by sector.
        test_day: first day of the test period, which lasts until the end of the world.
    """

    world: World
    truth: Truth
    interventions: Interventions
    test_day: int

    @classmethod
    def of(cls, information: InformationSets, truth: Truth, settings: Settings) -> "Reference":
        """Return the reference of one world of a study."""
        return cls(
            world=information.world,
            truth=truth,
            interventions=settings.intervention,
            test_day=settings.evaluation.test_day,
        )

    @property
    def days(self) -> int:
        """Length of the test period."""
        return self.world.days - self.test_day

    @property
    def period(self) -> tuple[int, int]:
        """Begin and end of the test period, in seconds."""
        return self.test_day * DAY, self.world.days * DAY
