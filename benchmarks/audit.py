"""What an attacker finds at several privacy budgets, beside what theory allows.

python benchmarks/audit.py [settings, such as audit.shadows=64]

One world of hamlet; the banks train jointly. CPU seconds of the whole process.
"""

import argparse
import time
from dataclasses import replace

from proeftuin.audit.auditing import audit_settings
from proeftuin.commandline.audit import audit_table
from proeftuin.settings.compose import settings_for
from proeftuin.settings.study import Settings

BUDGETS = {
    "none": ["privacy=none"],
    "record_8": ["privacy=record_dp", "privacy.epsilon=8"],
    "record_3": ["privacy=record_dp", "privacy.epsilon=3"],
    "record_1": ["privacy=record_dp", "privacy.epsilon=1", "privacy.statistics_noise=30"],
    "person_8": ["privacy=person_dp", "privacy.epsilon=8"],
}


def main() -> None:
    """Audit one arm after the other and print the findings."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("overrides", nargs="*", help="such as audit.shadows=64")
    chosen = ["world=hamlet", "regime=federated", "audit.arms=[chosen]"]
    overrides = arguments.parse_args().overrides
    for name, privacy in BUDGETS.items():
        settings = settings_for([*chosen, *privacy, *overrides])
        started = time.process_time()
        findings = audit_settings(_named(settings, name))
        print(audit_table(findings))
        print(f"{name}: {time.process_time() - started:.0f} CPU seconds\n", flush=True)


def _named(settings: Settings, name: str) -> Settings:
    arms = {name: settings.arms["chosen"]}
    return replace(settings, arms=arms, audit=replace(settings.audit, arms="all"))


if __name__ == "__main__":
    main()
