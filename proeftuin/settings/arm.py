"""The settings of an arm: what is shared, how it is protected, which detector learns."""

from collections.abc import Callable
from dataclasses import field
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from proeftuin.instruments.base import Everyone, Names
from proeftuin.instruments.registry import AnyInstrument
from proeftuin.settings.measures import AnyMeasure
from proeftuin.settings.privacy import Privacy
from proeftuin.settings.vertical import Vertical
from scenarios import plugins
from scenarios.names import Name
from scenarios.parameters import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Regime:
    """A data-sharing arrangement: its coalition, way of learning, and instruments.

    Attributes:
        name: name of the regime.
        about: one line for ``proeftuin list`` and the report.
        coalition: partners, of any sector, that take part; all others work alone.
        learning: ``own`` model, one ``federated`` model per sector, ``pooled`` rows and labels, or
            own models of banks with columns that stay at other sectors (``vertical``).
        instruments: signals between sectors, by name, beyond today's practice.
        today: instruments in use today, by name; of all partners, whatever the coalition.
        unanswered: those of them that the study's world cannot answer, which are left out.
        vertical: how embeddings cross when learning is ``vertical``, or null.
    """

    name: Name
    about: str
    coalition: Everyone | Names
    learning: Literal["own", "federated", "pooled", "vertical"]
    instruments: dict[str, AnyInstrument]
    today: dict[str, AnyInstrument] = field(default_factory=dict)
    unanswered: tuple[str, ...] = ()
    vertical: Vertical | None = None

    def sectors(self) -> frozenset[str]:
        """Return the sectors that provide or consume an instrument."""
        sides = ((*each.providers, *each.consumers) for each in self.instruments.values())
        return frozenset(sector for side in sides for sector in side)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Candidate:
    """Other settings of a detector to try; a null keeps the setting of the detector."""

    hidden: tuple[Annotated[int, Field(ge=1, le=4096)], ...] | None = None
    learning_rate: Annotated[float, Field(gt=0, le=100)] | None = None
    weight_decay: Annotated[float, Field(ge=0, le=10)] | None = None
    batch_size: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    rounds: Annotated[int, Field(ge=1, le=10_000)] | None = None
    bins: Annotated[int, Field(ge=1, le=64)] | None = None

    def given(self) -> dict[str, Any]:
        """Return the settings that are not null, by name."""
        said = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {name: value for name, value in said.items() if value is not None}


#: The package's own kinds of detector.
KINDS = ("logistic", "logistic_binned", "mlp", "mlp_binned", "boosted_trees")
#: Builds the network, a ``torch.nn.Module`` with one logit per row, from the number of columns.
Network = Callable[[int, "Detector"], Any]

if TYPE_CHECKING:
    Kind = str
else:
    Kind = Literal[plugins.names("proeftuin.detectors", KINDS)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Detector:
    """The kind of model every partner fits, and how long it learns.

    Attributes:
        name: ``logistic`` or ``mlp``, on columns as they are or ``_binned``; ``boosted_trees``; or
            the name of a plug-in's.
        about: one line for ``proeftuin list`` and the report.
        hidden: widths of the hidden layers; empty for a linear model.
        bins: parts that every column is taken apart into before learning by gradient steps; 1 is
            the column itself.
        optimiser: ``adam`` or plain ``sgd``; null for trees.
        learning_rate: step size (of a tree's contribution for boosted trees).
        weight_decay: L2 penalty.
        batch_size: rows per gradient step; null for trees.
        rounds: rounds of local epochs, or trees (in a federation, of each partner).
        candidates: other settings that every arm tries, by name; each keeps what does best on its
            validation days, private arms the detector as it is.
    """

    name: Kind
    about: str
    hidden: tuple[Annotated[int, Field(ge=1, le=4096)], ...]
    optimiser: Literal["adam", "sgd"] | None
    learning_rate: Annotated[float, Field(gt=0, le=100)]
    weight_decay: Annotated[float, Field(ge=0, le=10)]
    batch_size: Annotated[int, Field(ge=1, le=1_000_000)] | None
    rounds: Annotated[int, Field(ge=1, le=10_000)]
    bins: Annotated[int, Field(ge=1, le=64)] = 1
    candidates: dict[Name, Candidate] = field(default_factory=dict, hash=False)

    @property
    def by_gradient(self) -> bool:
        """Whether it learns by gradient steps, which DP-SGD needs; trees are bagged."""
        return self.name != "boosted_trees"

    @property
    def network(self) -> Network | None:
        """The function that builds a plug-in's network; None for the package's own kinds."""
        if self.name in KINDS:
            return None
        network: Network = plugins.loaded("proeftuin.detectors", self.name)
        return network


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Arm:
    """One arm of a study: regime x privacy policy x detector, and measures without sharing.

    Attributes:
        regime: the data-sharing arrangement.
        privacy: protection of what leaves a partner by training.
        detector: the model that all partners train.
        measures: measures that need no sharing, by name.
    """

    regime: Regime
    privacy: Privacy
    detector: Detector
    measures: dict[str, AnyMeasure] = field(default_factory=dict)

    def load_plugins(self) -> None:
        """Import what plug-ins compute for this arm, so that it fails before any work.

        Raises:
            plugins.PluginError: a part cannot be loaded.
        """
        parts = {
            "proeftuin.detectors": [self.detector.name],
            "proeftuin.statistics": [one.STATISTIC for one in self.regime.instruments.values()],
            "proeftuin.holds": list(self.measures),
        }
        for group, names in parts.items():
            for name in plugins.entries(group).keys() & names:
                plugins.loaded(group, name)
