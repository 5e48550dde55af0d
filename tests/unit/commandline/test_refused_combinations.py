"""Settings that make no sense together, or have no effect, are refused in a line a problem."""

from pathlib import Path

import pytest

from tests.fixtures.refused import assert_refused

REFUSED = [
    # combinations
    (
        "run study=demo study.contributions=[{arm:line_busy,players:facts,share:0.9}]",
        ["study.contributions.0.arm=line_busy: pools nothing, so there are no kinds of facts; "],
    ),
    (
        "run study=centre_explained study.baseline=silo",
        ["study.contributions.0.players=facts: study.baseline=silo is not what centre is with no "],
    ),
    (
        "run study=centre_explained world.market.absent=[webshop,marketplace,exchange]",
        ["study.contributions.0.players=facts: kinds of facts are told apart for banks only, and "],
    ),
    (
        "run study=centre_explained study.contributions=[{arm:centre,players:facts,share:0.9},"
        "{arm:centre,players:facts,share:0.5}]",
        ["study.contributions.1.players=facts: is shared out already; leave it out once"],
    ),
    (
        "run privacy=record_dp detector=boosted_trees",
        ["privacy=record_dp: detector=boosted_trees trains nothing with gradients, so DP-SGD"],
    ),
    (
        "run regime=federated detector=boosted_trees federation=fedmedian",
        ["federation=fedmedian: detector=boosted_trees sends trees, which are put side by side"],
    ),
    (
        "run regime=federated detector=boosted_trees federation.local_epochs=2",
        ["federation.local_epochs=2: detector=boosted_trees adds one tree of each partner"],
    ),
    (
        "run regime=federated detector=boosted_trees "
        "federation.attack={kind:not_finite,partners:[bank_a]}",
        ["federation.attack.kind=not_finite: detector=boosted_trees sends trees, not numbers"],
    ),
    (
        "run regime=federated federation.backend=deployment federation.dropout=0.1",
        ["federation.dropout=0.1: is for one process only, and federation.backend=deployment has"],
    ),
    (
        "run regime=vertical detector=mlp federation.backend=deployment",
        ["federation.backend=deployment: regime.learning=vertical cannot be deployed yet; use"],
    ),
    (
        "run regime=federated federation.backend=deployment detector=boosted_trees",
        ["federation.backend=deployment: detector=boosted_trees cannot be deployed yet"],
    ),
    (
        "deploy regime=federated",
        ["deploy: needs a folder; proeftuin deploy [settings] --to FOLDER"],
    ),
    (
        "deploy study=demo --to deployed",
        ["deploy: needs one arm that learns together and study=demo has 3 (federated, "],
    ),
    (
        "deploy regime=silo --to deployed",
        [
            "federation.backend=deployment: there is nothing to deploy, for no arm learns together "
            "(silo, today, centre, chosen); choose a regime that does, such as regime=federated"
        ],
    ),
    (
        "deploy regime=federated scenario=none --to deployed",
        ["scenario=none: there is no fraud in this world, so nobody has a report to learn from; "],
    ),
    (
        "deploy regime=federated privacy=record_dp --to deployed",
        ["privacy=record_dp: a private training is deployed as a trial only, because the seed of "],
    ),
    (
        "run regime=vertical detector=mlp regime.vertical.noise_multiplier=0.01",
        ["regime.vertical.noise_multiplier=0.01: losses reach beyond 336, so there is hardly any"],
    ),
    (
        "check regime=federated privacy=record_dp privacy.delta=0.01",
        ["privacy.delta=0.01: bank_a has about 30,345 training rows; delta must be below 1/30345"],
    ),
    (
        "run regime=federated privacy=record_dp privacy.delta=1e-13",
        ["privacy.delta=1e-13: must be a number from 1e-12 and below 0.1"],
    ),
    (
        "check study=tune tune=units tune.units.record.rounds=10000 "
        "tune.units.record.steps_per_round=10000",
        ["tune.units.record.epsilon=2: so many", "tune.units.record.epsilon=8: so many"],
    ),
    (
        "inspect world.days=60",
        ["evaluation: warm-up, training, wait, validation and unlabelled days take"],
    ),
    (
        "deploy regime=federated --to deployed --host bank;rm",
        ["--host=bank;rm: a host name or an IPv4 address is allowed"],
    ),
    (
        "run detector=boosted_trees +detector.candidates.wide={hidden:[3]} "
        "+detector.candidates.same={} +detector.candidates.boosted_trees={rounds:9}",
        [
            "detector.candidates.wide.hidden=(3,): not used by detector=boosted_trees",
            "detector.candidates.same: changes nothing",
            "detector.candidates.boosted_trees: is the name of the detector as it is",
        ],
    ),
    (
        "run regime=centre privacy=person_dp",
        ["privacy.unit=person: regime=centre pools rows of several accounts without knowing which"],
    ),
    (
        "run regime=silo privacy=partner_dp",
        ["privacy.unit=partner: hides that a partner took part in learning together, and regime="],
    ),
    (
        "run regime=federated privacy=partner_dp federation=fedmedian",
        ["privacy.noise_by=server: its noise fits a plain average only, not federation=fedmedian"],
    ),
    (
        "run regime=federated privacy=record_dp privacy.batch_size=100",
        ["privacy.sampling_rate=0.05 and privacy.batch_size=100: give one of the two and leave"],
    ),
    (
        "run regime=federated privacy=person_dp privacy.records_per_person=null",
        ["privacy.records_per_person=null: privacy.unit=person needs it; give it a value"],
    ),
    (
        "run regime=federated privacy=person_dp privacy.unit=record",
        [
            "privacy.records_per_person=2: privacy.unit=record has no use for it; leave it at null",
            "privacy.partners_per_person=2: privacy.unit=record has no use for it",
        ],
    ),
    (
        "run regime=federated privacy=record_dp +privacy.noise_by=server",
        [
            "privacy.noise_by=server: privacy.unit=record has no use for it; leave it at null, or "
            "choose privacy.unit=partner"
        ],
    ),
    (
        "run +privacy.epsilon=3",
        [
            "privacy.epsilon=3: privacy.unit=null has no use for it; leave it at null, or choose "
            "privacy.unit=record, person, partner"
        ],
    ),
    (
        "run privacy.unit=persn",
        ["privacy.unit=persn: must be one of record, person, partner, or null; did you mean pers"],
    ),
    (
        "run regime.instruments.line_busy.mechanism.epsilon=2",
        [
            "regime.instruments.line_busy.mechanism.epsilon=2: regime.instruments.line_busy."
            "mechanism.name=plain has no use for it; leave it at null, or choose regime."
            "instruments.line_busy.mechanism.name=randomised_response, dp_count"
        ],
    ),
    (
        "run regime.instruments.line_busy.mechanism.name=randomised_response",
        [
            "regime.instruments.line_busy.mechanism.epsilon=null: regime.instruments.line_busy."
            "mechanism.name=randomised_response needs it; give it a value, a number above 0 and at"
        ],
    ),
    (
        "run +regime.instruments.line_busy.mechanism.epsilom=null",
        ["regime.instruments.line_busy.mechanism.epsilom=null: unknown setting; did you mean reg"],
    ),
    (
        "demo federation=krum federation.suspects=2",
        ["federation.suspects=2: has a new name; write federation.num_malicious=2"],
    ),
    (
        "run +federation.suspects=2",
        ["federation.suspects=2: has a new name; write federation.num_malicious=2"],
    ),
    (
        "run federation.attack={partners:[bank_a]}",
        ["federation.attack.kind: missing; write federation.attack.kind=..., which must be one "],
    ),
    (
        "run federation.attack=label_flip",
        ["federation.attack=label_flip: must be a group of settings (kind, partners, strength), "],
    ),
    (
        "run regime=centre regime.coalition=[bank_a]",
        ["regime.coalition=bank_a: a coalition of one shares nothing; name at least 2 of one "],
    ),
    (
        "demo federation.participation=0.2",
        ["federation.participation=0.2: draws 1 of 5 partners of sector bank"],
    ),
    (
        "demo study.primary=recall_at_budget",
        ["study.primary=recall_at_budget: no margin is declared for it; say which difference is "],
    ),
    (
        "demo study.margins.victims_spared_share.unit=percent",
        ["study.margins.victims_spared_share.unit=percent: the outcome is in share"],
    ),
    (
        "demo study.margins.victims_spared_share.source=why",
        ["study.margins.victims_spared_share.source: must begin with [S], [D] or [A] and give "],
    ),
    (
        "run study.primary=stopped_shar",
        ["study.primary=stopped_shar: no such outcome; for example stopped_share, "],
    ),
    (
        "run study.baseline=zilo",
        ["study.baseline=zilo: no such arm; the arms are silo, today, centre, chosen"],
    ),
    (
        "run world.market.absent=[bank,telecom]",
        [
            "world.market.absent: bank cannot be absent",
            "regime.instruments.line_busy.providers=telecom: no such partner in this world; ",
        ],
    ),
    (
        "run scenario=emerging world.days=100 scenario.forms.bank_helpdesk.drift.from_day=100 "
        "scenario.forms.friend_in_need.preparation.starts_day=100 "
        "scenario.forms.bank_helpdesk.drift.only_bank=bank_z",
        [
            "scenario.forms.bank_helpdesk.drift.from_day=100: the world ends on day 100, before ",
            "scenario.forms.bank_helpdesk.drift.only_bank=bank_z: no such bank; must be null or ",
            "scenario.forms.friend_in_need.preparation.starts_day=100: the world ends on day 100",
        ],
    ),
    (
        "run scenario=mix scenario.forms.purchase.orientation.enrichment=14 "
        "scenario.forms.purchase.orientation.share_under_35=0.9 "
        "scenario.forms.purchase.spending.crypto_share=0.6 "
        "scenario.forms.purchase.reporting.delay_days_p90=14",
        [
            "scenario.forms.purchase.orientation.enrichment=14: makes 1,008 victims per 1,000 "
            "adults a year; at most 13.89",
            "scenario.forms.purchase.orientation.share_70_plus=0.12: with share_under_35=0.9 more "
            "than 1; at most 0.1",
            "scenario.forms.purchase.spending.crypto_share=0.6: with cash_share=0.5 more than 1; ",
            "scenario.forms.purchase.reporting.delay_days_p90=14: must be above delay_days_median",
        ],
    ),
    # without effect
    (
        "run regime=silo federation=krum",
        [
            "federation=krum: has no effect, for no arm learns together (silo, today, centre, "
            "chosen); leave it out, or choose a regime that does, such as regime=federated"
        ],
    ),
    ("run regime=silo federation.dropout=0.2", ["federation.dropout=0.2: has no effect, for no "]),
    (
        "demo intervention.webshop.success=0.1",
        ["intervention.webshop.success=0.1: has no effect, for no partner of sector webshop takes"],
    ),
    (
        "run detector=boosted_trees detector.hidden=[8]",
        ["detector.hidden=[8]: has no effect, for detector=boosted_trees takes no gradient steps"],
    ),
    (
        "run +measure@arms.silo.measures.rules=rules +detector@arms.silo.detector=logistic",
        ["arms.silo.detector=logistic: has no effect, for the measure rules takes the place of"],
    ),
    (
        "run tune=learning_together",
        [
            "tune=learning_together: study=one_arm sweeps no budgets; write proeftuin tune "
            "tune=learning_together"
        ],
    ),
    # all at once
    (
        "run detector.nmae=x seed=-1 regime=sillo detector.rounds=0",
        [
            "regime=sillo: no such option",
            "detector.nmae=x: unknown setting",
            "detector.rounds=0: must be",
            "seed=-1: must be",
        ],
    ),
]


@pytest.mark.parametrize(("line", "problems"), REFUSED, ids=[line for line, _ in REFUSED])
def test_refused(
    line: str, problems: list[str], in_empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_refused(line, problems, in_empty_folder, capsys)
