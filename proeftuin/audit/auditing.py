"""An audit of a study: every attack on every arm, in its first world."""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from proeftuin.audit.attacks import attack_by_canaries, attack_membership
from proeftuin.audit.finding import Finding
from proeftuin.audit.flags import attack_flags
from proeftuin.audit.hashing import HASHES, attack_hashes
from proeftuin.audit.subject import subject_of
from proeftuin.errors import PrivacyError, SettingsError
from proeftuin.files import write_json
from proeftuin.settings.arm import Arm
from proeftuin.settings.study import Settings
from proeftuin.sharing.information import InformationSets
from proeftuin.study.record import RunRecord
from proeftuin.study.worlds import first_world
from synthetic_data.seeds import Seeds

log = logging.getLogger("proeftuin")

FILE, TIMED = "audit.json", "hashing.json"


def audit_settings(settings: Settings) -> list[Finding]:
    """Attack every arm trained by gradient steps, the flags that it shares, and hashed numbers.

    Raises:
        SettingsError: no chosen arm can be attacked.
        PrivacyError: an arm's ledger gives no epsilon to compare an attack with.
    """
    import torch
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(1)  # more threads only slow small models down
    threadpool_limits(1)
    arms = _arms(settings)
    world, seeds = first_world(settings)
    information = InformationSets(world, seeds, settings.evaluation)
    findings = [
        finding
        for name, arm in arms.items()
        for finding in _arm(name, arm, settings, information, seeds)
    ]
    return findings + attack_hashes()


def _arms(settings: Settings) -> dict[str, Arm]:
    """Return the arms to attack."""
    if settings.federation.personal is not None:
        raise SettingsError(
            [
                "federation.personal: an audit attacks the joint model and knows of no models of "
                "the partners' own; use federation.personal=null"
            ]
        )
    chosen = tuple(settings.arms) if settings.audit.arms == "all" else settings.audit.arms
    arms = {
        name: settings.arms[name]
        for name in chosen
        if settings.arms[name].detector.by_gradient and "rules" not in settings.arms[name].measures
    }
    for name in set(chosen) - set(arms):
        log.info("%s: not audited, it does not learn by gradient steps", name)
    if not arms:
        raise SettingsError(
            [
                f"audit.arms={','.join(chosen)}: none learns by gradient steps; use detector=mlp "
                "or detector=logistic"
            ]
        )
    return arms


def _arm(
    name: str, arm: Arm, settings: Settings, information: InformationSets, seeds: Seeds
) -> Iterator[Finding]:
    """Yield the findings of all attacks on one arm."""
    confidence, audit = settings.evaluation.confidence, settings.audit
    streams = seeds.child("audit", name)
    subject = subject_of(arm, settings, information, seeds.child("arms"))
    log.info("%s: %d canaries in one training", name, audit.canaries)
    yield from attack_by_canaries(
        name, subject, canaries=audit.canaries, confidence=confidence, seeds=streams
    )
    log.info("%s: %d models on halves of the rows", name, audit.shadows)
    yield from attack_membership(
        name, subject, shadows=audit.shadows, confidence=confidence, seeds=streams
    )
    yield from attack_flags(name, arm, information, confidence=confidence)


def write_audit(findings: Sequence[Finding], record: RunRecord) -> Path:
    """Write ``audit.json`` into the folder of the run with the same settings; create it if needed.

    What a clock measured goes to ``hashing.json``, so that the same audit gives the same bytes.

    Raises:
        RunFolderError: the folder cannot be written.
    """
    folder = record.folder if record.folder.exists() else record.write()
    path = folder / FILE
    timed = [one for one in findings if one.attack == HASHES]
    write_json(path, [one.to_dict() for one in findings if one not in timed])
    write_json(folder / TIMED, [one.to_dict() for one in timed])
    return path


def check_promises(findings: Sequence[Finding]) -> None:
    """Raise if an attack found more than a ledger allows.

    Raises:
        PrivacyError: a guarantee does not hold, so a protection is broken.
    """
    broken = [one for one in findings if one.refutes]
    if broken:
        worst = max(broken, key=lambda one: (one.low or 0) / max(one.theory or 0, 1e-12))
        raise PrivacyError(
            f"{worst.arm}: {worst.attack} from position {worst.position} measured {worst.measure} "
            f"of at least {worst.low:.3g}, and the ledger of {worst.partner} allows "
            f"{worst.theory:.3g}: noise, clipping, sampling or the account is broken; "
            f"{len(broken)} of {len(findings)} findings are above theory"
        )
