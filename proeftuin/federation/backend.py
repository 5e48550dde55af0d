"""Backends of a joint training: all parties in this process, or each in a process of its own."""

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from proeftuin.federation.training import Training
from proeftuin.settings.federation import Federation

if TYPE_CHECKING:
    from proeftuin.federation.server import JointModel
    from proeftuin.federation.transcript import Transcript


class Backend(Protocol):
    """Something that runs all parties of a joint training."""

    def fit(self, training: Training) -> "JointModel":
        """Train one model over all partners' rows."""


def backend_of(
    federation: Federation, *, checkpoint: Path | None, transcript: "Transcript | None"
) -> Backend:
    """Return the backend that the settings name.

    A federation over several processes keeps its own progress and takes no transcript.
    """
    if federation.backend == "deployment":
        from proeftuin.federation.deployment.local import Deployment

        return Deployment()
    from proeftuin.federation.joint import InProcess

    return InProcess(checkpoint=checkpoint, transcript=transcript)
