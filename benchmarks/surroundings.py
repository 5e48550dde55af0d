"""Try the program in odd surroundings: locale, home, zone, threads, paths, pipes, another user.

    PYTHONPATH=. python benchmarks/surroundings.py [PYTHON [VERB]]

A try fails if it ends in a traceback or with another exit code than it should, or if the same run
gives other bits than in ordinary surroundings. As root, tries are also made as a user without a
name, with the given PYTHON if root's own is closed to others. Half an hour on two cores.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[1]
TINY = (
    *("world=hamlet", "world.population.persons=1000", "world.days=60", "repetitions=1"),
    *("evaluation.warm_up_days=5", "evaluation.train_days=28", "evaluation.label_wait_days=3"),
    "evaluation.validation_days=7",
)
STUDY = (
    *("run", "regime=federated", "privacy=record_dp", *TINY),
    *("detector=logistic", "privacy.rounds=2", "privacy.steps_per_round=5"),
)
NOBODY = 12345
BANKS = "{" + ",".join(f"bank_{number}: 0.01" for number in range(100)) + "}"
C = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
ODD = ["two words", "mañana é", "it's", 'say "a"', "a,b", "q?m#h", "per%20cent", "(b)[c]{d}"]


@dataclass(frozen=True)
class Try:
    """One command in some surroundings.

    Attributes:
        name: what is odd.
        words: the command; OUT stands for a new folder.
        variables: of the environment, beside the ordinary ones; None takes one away.
        codes: exit codes that are right.
        same: whether it is the study, which must give the same bits.
        nobody: whether it is made by a user without a name or a home.
        flags: of Python.
        shell: how the command is called, with $@ for it.
    """

    name: str
    words: Sequence[str]
    variables: dict[str, str | None] = field(default_factory=dict)
    codes: Sequence[int] = (0,)
    same: bool = False
    nobody: bool = False
    flags: Sequence[str] = ()
    shell: str = '"$@"'


def tries() -> list[Try]:
    """Return all tries, the ordinary study first."""
    check, study = ("check", *TINY, "output_dir=OUT"), (*STUDY, "output_dir=OUT")
    return [
        Try("as usual", study, same=True),
        Try("eight threads", study, dict.fromkeys(
            ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "8"), same=True),
        Try("other zone and hash seed", study,
            {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "7"}, same=True),
        Try("python -O", study, flags=("-O",), same=True),
        Try("locale C", study, dict(C), same=True),
        Try("odd folder", (*STUDY, f"output_dir=OUT/{ODD[1]} {ODD[5]}"), same=True),
        Try("no home, no name, another's checkout", study, nobody=True, same=True),
        *(Try(f"folder {name}", ("check", *TINY, f"output_dir=OUT/{name}")) for name in ODD),
        Try("folder below ~", ("check", *TINY, "output_dir=~/OUT")),
        Try("odd temporary folder", (*check, "seed=1,2", "--multirun"), {"TMPDIR": "OUT/é '(,"}),
        Try("no HOME", check, {"HOME": None}),
        Try("empty environment", check, {"HOME": None, "PATH": None}),
        *(Try(f"locale C, {verb}", (verb,), dict(C)) for verb in ("list", "--help")),
        Try("Turkish locale, odd zone", check, {"LC_ALL": "tr_TR.UTF-8", "TZ": "Nowhere/Else"}),
        Try("closed output", ("list",), shell='"$@" | head -c 1', codes=(0,)),
        Try("closed errors", check, shell='"$@" 2>&-'),
        Try("no input", check, shell='"$@" <&-'),
        Try("full output", ("list",), shell='"$@" >/dev/full', codes=(1, 6)),
        Try("removed working folder", ("list",), shell='mkdir OUT/x; cd OUT/x; rmdir ../x; "$@"',
            codes=(0, 2)),
        Try("nobody's generate", ("generate", *TINY, "output_dir=OUT"), nobody=True),
        Try("nobody, read-only folder", ("run", *TINY, "output_dir=/proc/x"), nobody=True,
            codes=(2,)),
        Try("nobody, import to a read-only folder",
            ("import", "experiments/import_example/mapping.yaml", "--to", "/usr/x"), nobody=True,
            codes=(2,)),
        Try("import to an odd folder",
            ("import", "experiments/import_example/mapping.yaml", "--to", f"OUT/{ODD[3]}")),
        Try("import of a pipe", ("import", "OUT/pipe", "--to", "OUT/x"), codes=(2,),
            shell='mkfifo OUT/pipe; "$@"'),
        Try("import of /etc/passwd", ("import", "/etc/passwd", "--to", "OUT/x"), codes=(2,)),
        Try("report of a device", ("report", "/dev"), codes=(4,)),
        Try("one bank", (*check, "~world.market.bank", "+world.market.bank={solo: 1.0}"),
            codes=(0, 2)),
        Try("100 banks", (*check, "~world.market.bank", f"+world.market.bank={BANKS}"),
            codes=(0, 2)),
    ]  # fmt: skip


def main() -> int:
    """Make every try, or those of one verb; print what failed, and return how many did."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("python", nargs="?", default=sys.executable)
    parser.add_argument("verb", nargs="?", default="")
    python, verb = vars(parser.parse_args()).values()
    usual, failures, made = "", 0, [each for each in tries() if verb in ("", each.words[0])]
    with tempfile.TemporaryDirectory() as work:
        Path(work).chmod(0o755)
        for number, each in enumerate(made):
            if each.nobody and os.geteuid() != 0:
                print(f"not root, left out: {each.name}")
                continue
            out = Path(work) / str(number)
            out.mkdir()
            if each.nobody:
                os.chown(out, NOBODY, NOBODY)
            started = time.monotonic()
            wrong = problem(each, python, out)
            if not wrong and each.same:
                found = bits(out)
                usual = usual or found
                wrong = "" if found == usual else "other bits than usual"
            failures += bool(wrong)
            print(
                f"{wrong or 'ok':<28} {time.monotonic() - started:6.1f} s  {each.name}", flush=True
            )
    print(f"{len(made)} tries, {failures} failures")
    return failures


def problem(each: Try, python: str, out: Path) -> str:
    """Make a try; return what was wrong, or nothing."""
    words = [word.replace("OUT", str(out)) for word in each.words]
    path = os.pathsep.join([str(ROOT), sysconfig.get_path("purelib")])
    usual: dict[str, str | None] = {"PATH": os.environ["PATH"], "HOME": str(out), "LANG": "C.UTF-8"}
    if each.nobody:
        usual["HOME"] = None
    chosen = usual | {"PYTHONPATH": path} | each.variables
    variables = {key: value.replace("OUT", str(out)) for key, value in chosen.items() if value}
    if (scratch := variables.get("TMPDIR")) is not None:
        Path(scratch).mkdir()
    command = [python, *each.flags, "-m", "proeftuin", *words]
    who = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if each.nobody else {}
    done = subprocess.run(
        ["/bin/bash", "-c", each.shell.replace("OUT", str(out)), "bash", *command],
        env=variables, cwd=ROOT, capture_output=True, timeout=1800, check=False, **who,
    )  # type: ignore[call-overload] # fmt: skip
    told = (done.stdout + done.stderr).decode(errors="replace")
    if "Traceback" in told:
        return "traceback"
    if "root:x:" in told:
        return "a file was repeated"
    if done.returncode not in each.codes:
        return f"exit code {done.returncode}"
    return ""


def bits(out: Path) -> str:
    """Return a digest of everything that a run found, without the seconds it took."""
    whole = hashlib.sha256()
    for path in sorted(out.rglob("outcomes.parquet")):
        rows = pd.read_parquet(path)
        rows = rows[~rows["metric"].str.contains("seconds")]
        whole.update(rows.to_csv(index=False, float_format="%.17g").encode())
    for pattern in ("privacy.json", "ledgers.json", "models/*", "curves.parquet"):
        for path in sorted(out.rglob(pattern), key=lambda path: path.parts[-3:]):
            whole.update(_content(path))
    return whole.hexdigest()


def _content(path: Path) -> bytes:
    """Return what a file holds; arrays unpacked, for releases of Python write other zip headers."""
    if path.suffix != ".npz":
        return path.read_bytes()
    with np.load(path) as arrays:
        held = [(name, str(arrays[name].dtype), arrays[name].tobytes()) for name in arrays.files]
    return repr(held).encode()


if __name__ == "__main__":
    sys.exit(main() > 0)
