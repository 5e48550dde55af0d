"""Whatever is wrong with a line is said in a line a problem, with exit code 2, before any work."""

from pathlib import Path

import pytest

from proeftuin.commandline import main as cli
from tests.fixtures.refused import assert_refused

WHOLE = "must be a whole number from 0 and below"
HELPDESK = "scenario.forms.bank_helpdesk"
ESCAPE = "\x1b[31m"
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
        ["arms.foo.regime.coalition=all: arms has no foo (it has silo, today, centre, chosen)"],
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
            "learning, instruments, today, unanswered, vertical); to choose an option write "
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
        f"run +{HELPDESK}.contact.victims_per_offer=1",
        [f"{HELPDESK}.contact.victims_per_offer=1: unknown setting; did you mean scenario.forms"],
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
    (
        "run detector=logistic detector.hidden=[64]",
        ["detector.hidden=[64]: detector=logistic is linear; leave it at [], or use detector=mlp"],
    ),
    (
        "run study.ceiling=today",
        ["study.ceiling=today: is the baseline too, so there is no gain to"],
    ),
    (
        "run regime.coalition=[bank_a,bank_a,operator_1]",
        ["regime.coalition=bank_a: is named twice; name it once"],
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
    assert_refused(line, problems, in_empty_folder, capsys)


def test_no_run_folder(in_empty_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["report", "nonsense"]) == 4
    assert capsys.readouterr().err == "nonsense: not a run folder (it holds no manifest.json)\n"


@pytest.mark.parametrize(
    "words",
    [
        ["run", "seed=1,2", f'output_dir="{ESCAPE}"', "--multirun"],  # Hydra tells its jobs itself
        ["run", f"study.name={ESCAPE}"],
        ["check", f"--config-dir={ESCAPE}"],
        ["deploy", "regime=federated", "--to", ESCAPE],
        ["report", ESCAPE],
        ["import", "mapping.yaml", "--to", ESCAPE],
        [ESCAPE],
    ],
)
def test_signs_that_steer_a_terminal_are_refused_and_not_repeated(
    words: list[str], in_empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(words) == 2
    out, err = capsys.readouterr()
    [line] = err.splitlines()
    assert out == ""
    assert line.replace('"', "").endswith("?[31m: has a sign that cannot be shown; leave it out")
    assert list(in_empty_folder.iterdir()) == []
