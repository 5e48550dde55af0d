"""Whatever is wrong with a line is said in a line a problem, with exit code 2, before any work."""

from pathlib import Path

import pytest

from proeftuin.commandline import main as cli

WHOLE = "must be a whole number from 0 and below"
HELPDESK = "scenario.forms.bank_helpdesk"
ADD_DATING = "to put a form in the scenario write +form@scenario.forms.dating=dating"
REFUSED = [
    # a key that does not exist, with and without Hydra's plus
    (
        "run privacy.epsilom=3",
        ["privacy.epsilom=3: unknown setting; did you mean privacy.epsilon?"],
    ),
    (
        "run +privacy.epsilom=3",
        ["privacy.epsilom=3: unknown setting; did you mean privacy.epsilon?"],
    ),
    ("run nonsense=3", ["nonsense=3: unknown setting (known are world, "]),
    ("run +nonsense=3", ["nonsense=3: unknown setting (known are world, "]),
    ("run epsilon=3", ["epsilon=3: unknown setting; did you mean regime.instruments."]),
    ("run worl=town", ["worl=town: unknown setting; did you mean world?"]),
    ("run seed.x=3", ["seed.x=3: unknown setting (seed is a single value)"]),
    (
        "demo arms.federated_dp.privacy.epsilom=3",
        ["arms.federated_dp.privacy.epsilom=3: unknown setting; did you mean "],
    ),
    # a key of another option
    (
        "run privacy.epsilon=3",
        ["privacy.epsilon=3: privacy=none has no such setting; choose another"],
    ),
    (
        "run regime=silo regime.instruments.line_busy.match_rate=0.8",
        [
            "regime.instruments.line_busy.match_rate=0.8: regime.instruments has no line_busy (it "
            "has none); to add it write +instrument@regime.instruments.line_busy=line_busy"
        ],
    ),
    (
        "run arms.foo.regime.coalition=all",
        ["arms.foo.regime.coalition=all: arms has no foo (it has silo, centre, chosen)"],
    ),
    # types and ranges
    ("run seed=abc", [f"seed=abc: {WHOLE}"]),
    ("run seed=-1", [f"seed=-1: {WHOLE}"]),
    ("run seed=1.5", [f"seed=1.5: {WHOLE}"]),
    ("run seed=nan", [f"seed=NaN: {WHOLE}"]),
    ("run report.language=de", ["report.language=de: must be one of nl, en, both"]),
    ("run jobs=null", ["jobs=null: must be a whole number from 1 to 256"]),
    ("run repetitions=true", ["repetitions=true: must be a whole number from 1 to 1,000"]),
    (
        "run evaluation.negatives_kept=3",
        ["evaluation.negatives_kept=3: must be a number above 0 and at most 1"],
    ),
    (
        "run detector.hidden=[0]",
        ["detector.hidden=[0]: must be a list of whole numbers from 1 to 4,096"],
    ),
    (
        "run detector.name=mpl",
        ["detector.name=mpl: must be one of logistic, "],
    ),
    ("run regime.coalition=[]", ["regime.coalition=[]: must be all, or a list of 1 or more names"]),
    (
        "run +world.market.bank.bank_z=0.3",
        ["world.market.bank: the shares add up to 1.3, they must add up to 1"],
    ),
    (
        "run world.market.absent=[phone]",
        ["world.market.absent=[phone]: must be a list of any of bank, telecom, webshop, "],
    ),
    ("run ~seed", [f"seed: missing; write seed=..., which {WHOLE}"]),
    ("run tracking=server", ["tracking.uri: missing; write tracking.uri=..., which must be "]),
    (
        "run arms.silo.regime=centre",
        [
            "arms.silo.regime=centre: must be a group of settings (name, about, coalition, "
            "learning, instruments, vertical); to choose an option write "
            "regime@arms.silo.regime=centre"
        ],
    ),
    ("run output_dir=${nonsense}", ["output_dir: refers to nonsense, and there is no such sett"]),
    ("run arms=${..name}", ["arms: refers to ..name, and there is no such setting; write the"]),
    ("run seed=${seed}", ["seed: refers to itself; write the value"]),
    ("run seed=${oc.env:NO_SUCH}", ["seed: the environment variable NO_SUCH is not set; set"]),
    ("run arms=[]", ["arms=[]: must be a group of 1 or more named settings"]),
    ("run detector.hidden={a:1}", ["detector.hidden={a:1}: must be a list of whole numbers"]),
    ("run output_dir=12", ["output_dir=12: must be text that is not empty; to have it as text "]),
    # fraud forms
    (
        f"run {HELPDESK}.transfer.in_call_share=1.5",
        [f"{HELPDESK}.transfer.in_call_share=1.5: must be a number from 0 to 1 (share)"],
    ),
    (
        f"run {HELPDESK}.transfer.in_call_shar=1",
        [f"{HELPDESK}.transfer.in_call_shar=1: unknown setting; did you mean {HELPDESK}.transfer."],
    ),
    (
        f"run +{HELPDESK}.contact.advert_share=1",
        [f"{HELPDESK}.contact.advert_share=1: unknown setting; did you mean scenario.forms.inv"],
    ),
    (
        "run scenario.transfer.in_call_share=0.5",
        [
            "scenario.transfer.in_call_share=0.5: unknown setting; did you mean "
            f"{HELPDESK}.transfer.in_call_share? (scenario has name, about, forms)"
        ],
    ),
    (
        "run scenario.forms.dating.transfer.growth=2",
        ["scenario.forms.dating.transfer.growth=2: scenario.forms has no dating (it has bank_help"],
    ),
    ("run form=dating", [f"form=dating: not in scenario=bank_helpdesk; {ADD_DATING}"]),
    ("run +form=dating", [f"form=dating: has no place of its own; {ADD_DATING}"]),
    (
        "run form@scenario.forms.dating=dating",
        [f"form@scenario.forms.dating=dating: not in scenario=bank_helpdesk; {ADD_DATING}"],
    ),
    (
        "run +form@scenario.forms.dating=datig",
        ["+form@scenario.forms.dating=datig: no such option; did you mean dating? (allowed are "],
    ),
    (
        "run +form@scenario.forms.lottery=dating",
        ["scenario.forms: lottery holds the form dating; its key must be its name, as in +form@"],
    ),
    (
        "run scenario=none +scenario.forms.datng={name:datng}",
        [
            "scenario.forms.datng.name=datng: must be one of bank_helpdesk, dating, "
            "friend_in_need, investment, invoice, purchase, sales; did you mean dating?"
        ],
    ),
    (f"run ~{HELPDESK}.name", [f"{HELPDESK}.name: missing; to put a form in the scenario write "]),
    (
        "run scenario=mix scenario.forms.dating=dating",
        ["scenario.forms.dating=dating: must be a group of settings (name, about, orientation, "],
    ),
    (
        f"run {HELPDESK}.drift.from_day=5",
        [
            f"{HELPDESK}.drift.from_day=5: form@{HELPDESK}=bank_helpdesk has no such setting, for "
            f"{HELPDESK}.drift is null; write all of it: '{HELPDESK}.drift={{from_day: ..., "
        ],
    ),
    (
        "run regime=federated federation.attack.kind=label_flip",
        [
            "federation.attack.kind=label_flip: federation=fedavg has no such setting, for "
            "federation.attack is null; write all of it: 'federation.attack={kind: ..., partners: "
        ],
    ),
    # groups
    (
        "run regime=nonsense",
        ["regime=nonsense: no such option (allowed are all_instruments_"],
    ),
    (
        "run regime=sillo",
        ["regime=sillo: no such option; did you mean silo? (allowed are all_instruments_"],
    ),
    (
        f"run study={'a' * 300}",
        [f"study={'a' * 300}: no such option (allowed are "],
    ),
    ("run regime=3", ["regime=3: no such option (allowed are all_instruments_"]),
    (
        "run +measure@arms.silo.measures.foo=foo",
        [
            "+measure@arms.silo.measures.foo=foo: no such option (allowed are lower_limit, rules, "
            "time_lock)"
        ],
    ),
    (
        "run regime@foo=silo",
        ["regime@foo=silo: no such place; regime can be chosen at regime@arms."],
    ),
    (
        "demo detector@arms.silo.detector=logistic",
        [
            "detector@arms.silo.detector=logistic: this arm has no detector of its own yet; write "
            "+detector@arms.silo.detector=logistic"
        ],
    ),
    (
        "demo arms.silo.detector.hidden=[8]",
        [
            "arms.silo.detector.hidden=[8]: arms.silo.detector is the detector of the whole study; "
            "write detector.hidden=[8], or add +detector@arms.silo.detector=mlp"
        ],
    ),
    (
        "demo regime=line_busy",
        ["regime=line_busy: study=demo chooses regime arm by arm; write regime@arms.ARM."],
    ),
    ("demo +regime=line_busy", ["regime=line_busy: study=demo chooses regime arm by arm"]),
    (
        "demo privacy.epsilon=3",
        ["privacy.epsilon=3: study=demo chooses privacy arm by arm; write arms.ARM.privacy."],
    ),
    ("demo study=one_arm", ["study=one_arm: proeftuin demo is study=demo; did you mean proeftuin"]),
    # how Hydra wants it
    ("run regime=a==b", ["regime=a==b: cannot be read; write group=option or key=value"]),
    ("run regime.coalition=[bank_a", ["regime.coalition=[bank_a: cannot be read; write "]),
    ("run seed", ["seed: cannot be read; write group=option or key=value"]),
    ("run +seed=3", ["+seed=3: seed exists already; leave out the plus: seed=3"]),
    ("run +regime=silo", ["+regime=silo: regime exists already; leave out the plus: regime=silo"]),
    ("run ~nonsense", ["~nonsense: there is nothing of that name to take away"]),
    ("run regime=silo,centre", ["regime=silo,centre: several values; to run them one by one add "]),
    ("run regime=silo,nonsense --multirun", ["regime=nonsense: no such option"]),
    ("run hydra.job.chdir=abc", ["hydra.job.chdir=abc: of Hydra itself only hydra/launcher and "]),
    ("run hydra.run.dir=/proc/x", ["hydra.run.dir=/proc/x: of Hydra itself only hydra/launcher "]),
    ("run hydra/launcher=basic", ["hydra/launcher=basic: of Hydra itself only hydra/launcher and"]),
    (
        "run --multirun hydra.launcher._target_=os.system",
        ["hydra.launcher._target_=os.system: of Hydra itself only hydra/launcher and "],
    ),
    # one option of a group, one value of a key
    (
        "check regime=[silo,centre]",
        [
            "regime=[silo,centre]: regime takes the name of one option (proeftuin list shows "
            "them), as in regime=NAME; to run several one by one write regime=A,B --multirun"
        ],
    ),
    ("run study=[[1],[2]]", ["study=[[1],[2]]: study takes the name of one option"]),
    ("run world={a:{b:[1]}}", ["world={a:{b:[1]}}: world takes the name of one option"]),
    ("run regime={name:x}", ["regime={name:x}: regime takes the name of one option"]),
    ("run privacy=${regime}", ["privacy=${regime}: privacy takes the name of one option"]),
    (
        "run regime=silo,[psr] --multirun",
        ["regime=silo,[psr]: regime takes the name of one "],
    ),
    ("run detector=mlp detector=logistic", ["detector=logistic: detector is given twice; give it"]),
    ("run seed=1 seed=1", ["seed=1: seed is given twice; give it once"]),
    ("run seed=1 ++seed=2 jobs=0", ["++seed=2: seed is given twice", "jobs=0: must be a whole "]),
    (
        "deploy regime=federated federation.backend=inprocess --to out",
        ["federation.backend=inprocess: proeftuin deploy is federation.backend=deployment; leave "],
    ),
    # sweeps that are none
    ("run seed=range(1,3,0) --multirun", ["seed=range(1,3,0): holds no value; write range(FIRST"]),
    ("run seed=interval(1,2) --multirun", ["seed=interval(1,2): a sweep has a list or a range of"]),
    ("run regime=glob(x*) --multirun", ["regime=glob(x*): no option has such a name"]),
    (
        "run world.market.webshop={shop:1.0}",
        [
            "world.market.webshop={shop:1.0}: holds names that world.market.webshop has not, and "
            "its own would stay; to replace all of it write '~world.market.webshop' "
        ],
    ),
    (
        "run regime=line_busy regime.coalition=[bank_a]",
        ["regime.instruments.line_busy: nobody is left who asks or, apart from the one that"],
    ),
    (
        "run regime=payee_inflow regime.coalition=[bank_a]",
        ["regime.instruments.payee_inflow: nobody is left who asks or, apart from the one that"],
    ),
    (
        "run regime.instruments.line_busy.consumers=[police]",
        ["regime.instruments.line_busy: nobody is left who asks or, apart from the one that"],
    ),
    ("run regime.instruments={}", ["regime.instruments={}: an empty group changes nothing; to le"]),
    ("run =1", ["=1: has no key; write group=option or key=value"]),
    # values that the shell or Hydra read otherwise
    (
        "run evaluation.confidence=0,95",
        [
            "evaluation.confidence=0,95: several values; for a decimal number write "
            "evaluation.confidence=0.95; to run them one by one add --multirun"
        ],
    ),
    (
        "run regime.coalition=bank_a,bank_b",
        [
            "regime.coalition=bank_a,bank_b: several values; for a list write "
            "'regime.coalition=[bank_a,bank_b]'; to run them one by one add --multirun"
        ],
    ),
    # combinations
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
        "run regime=vertical federation.backend=deployment",
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
        "deploy regime=federated privacy=record_dp --to deployed",
        ["privacy=record_dp: a private training is deployed as a trial only, because the seed of "],
    ),
    (
        "run regime=vertical regime.vertical.noise_multiplier=0.01",
        ["regime.vertical.noise_multiplier=0.01: losses reach beyond 336, so there is hardly any"],
    ),
    (
        "check regime=federated privacy=record_dp privacy.delta=0.01",
        ["privacy.delta=0.01: bank_a has about 24,276 training rows; delta must be below 1/24276"],
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
        ["evaluation: warm-up, training, wait and validation take"],
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
        "run study.primary=stopped_shar",
        ["study.primary=stopped_shar: no such outcome; for example stopped_share, "],
    ),
    (
        "run study.baseline=zilo",
        ["study.baseline=zilo: no such arm; the arms are silo, centre, chosen"],
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
            "federation=krum: has no effect, for no arm learns together (silo, centre, chosen); "
            "leave it out, or choose a regime that does, such as regime=federated"
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
    # verbs and options
    ("rum", ["rum: unknown verb; did you mean run? (allowed are demo, run, "]),
    ("seed=3", ["seed=3: a verb comes first; did you mean proeftuin run seed=3?"]),
    ("list worlds", ["worlds: proeftuin list takes no settings"]),
    ("import map.yaml", ["import: got map.yaml, needs a mapping file and a folder; "]),
    ("import map.yaml --to out", ["map.yaml: no such file"]),
    ("report", ["report: needs one run folder, got nothing; proeftuin report FOLDER"]),
    (
        "run --multirn",
        ["--multirn: unknown option; did you mean --multirun? (allowed are --help, "],
    ),
    ("run --cfg nonsense", ["--cfg=nonsense: must be job"]),
    ("run -c", ["--cfg: needs job; write --cfg=job"]),
    ("run --info=nonsense", ["--info=nonsense: must be one of all, config, defaults, "]),
    ("run --multirun=yes", ["--multirun=yes: takes no value; write --multirun"]),
    ("run --resolve", ["--resolve: has an effect with --cfg job or --help only"]),
    ("run --package=world", ["--package=world: has an effect with --cfg job only"]),
    ("run --cfg job --package=nonsense", ["--package=nonsense: no such group in these settings"]),
    ("run --experimental-rerun=job.pickle", ["--experimental-rerun=job.pickle: unknown option ("]),
    ("run --experimental-re=job.pickle", ["--experimental-re=job.pickle: unknown option (allowed"]),
    (
        "run --config-d=.",
        ["--config-d=.: unknown option; did you mean --config-dir? (allowed "],
    ),
    ("run --config-dir=. --config-dir=.", ["--config-dir=.: --config-dir is given twice; give it"]),
    ("run --hydra-help", ["--hydra-help: unknown option"]),
    ("run --run -cn x", ["--run: unknown option", "-cn: unknown option"]),
    ("run --version foo", ["--version: unknown option"]),
    ("--version foo", ["foo: nothing goes with --version; write proeftuin --version"]),
    ("budget --nois=3", ["--nois=3: unknown option; did you mean --noise? (allowed are --help, "]),
    ("run --config-dir=nonsense", ["--config-dir=nonsense: no such folder"]),
    ("run --multirun --cfg job", ["--multirun --cfg: one of these at a time"]),
]


@pytest.mark.parametrize(("line", "problems"), REFUSED, ids=[line for line, _ in REFUSED])
def test_refused(
    line: str, problems: list[str], in_empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(line.split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    said = err.splitlines()
    assert len(said) == len(problems), err
    for problem, expected in zip(said, problems, strict=True):
        assert problem.startswith(expected)
    for advice in ("HYDRA_FULL_ERROR", "Traceback", "Input should be", "+privacy", "To append"):
        assert advice not in err
    assert list(in_empty_folder.iterdir()) == []


def test_no_run_folder(in_empty_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["report", "nonsense"]) == 4
    assert capsys.readouterr().err == "nonsense: not a run folder (it holds no manifest.json)\n"
