"""The command line: a verb, followed by settings that Hydra reads.

Only this module prints, and only here exceptions become messages and exit codes. It imports nothing
heavy before a verb needs it.
"""

import os
import re
import sys
import traceback
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from proeftuin import __version__
from proeftuin.commandline import endings, environment
from proeftuin.commandline.options import refuse_signs
from proeftuin.commandline.paths import as_meant
from proeftuin.errors import InspectionError, ProeftuinError, RunFolderError, SettingsError
from proeftuin.files import unwritable
from proeftuin.settings.paths import conf_dirs
from scenarios.foreign import ForeignFileError, check_file, one_line
from scenarios.plugins import PluginError

if TYPE_CHECKING:
    from proeftuin.commandline.launch import Call

HELP = """\
proeftuin: what is gained, and what is given up, when parties share data against online fraud?

  proeftuin demo [settings]      five ways of sharing beside none, on six worlds; ends with a report
  proeftuin run [settings]       one way of sharing, or study=NAME
  proeftuin tune [settings]      what smaller privacy budgets keep of the gain of learning together
  proeftuin check [settings]     what would run, how long it would take, what is wrong; runs nothing
  proeftuin list                 worlds, scenarios, regimes, privacy policies, detectors, studies
  proeftuin generate [settings]  write the partners' data sets of one world
  proeftuin deploy [settings] --to FOLDER [--host SERVER] [--trial]
                                 a federated training as folders for machines of several parties;
                                 --trial runs it here, a process for each (docs/deployment.md)
  proeftuin inspect [settings]   how realistic a world is, and whether anything gives its fraud away
                                 (one world; with repetitions=5 five of them, check by check)
  proeftuin budget [settings]    the noise that a privacy budget needs, or with --noise=1.2 the
                                 epsilon of a noise; trains nothing (--rows=120000,30000: partners)
  proeftuin audit [settings]     what an attacker learns in fact, beside what theory allows
  proeftuin report RUN_FOLDER    write the report of a run again
  proeftuin ledger RUN_FOLDER    count every epsilon again from what the run released; writes
                                 disclosure.json, or says what does not fit
  proeftuin compare A B          two run folders side by side, and what differs
  proeftuin import MAPPING --to FOLDER [--strict]
  proeftuin import --suggest FILE [FILE ...]
                                 store partners' own tables as a world (docs/import.md)

Settings are group=option or key=value:

  proeftuin run scenario=bank_helpdesk regime=line_busy privacy=record_dp privacy.epsilon=3
  proeftuin run regime=police_iban regime.instruments.police_iban.threshold=1,2,3 --multirun
  proeftuin demo world=hamlet repetitions=2
  proeftuin inspect scenario=mix repetitions=5
  proeftuin audit regime=federated privacy=record_dp world=hamlet
  proeftuin run study=demo world=stored world.folder=FOLDER repetitions=1

  proeftuin run --help           every setting with its present value
  proeftuin run --cfg job        the settings as they would be used
  proeftuin run --info           where each setting comes from
  proeftuin --version

Press TAB to complete them, after: eval "$(proeftuin -sc install=bash)"
"""
VERBS = (
    "demo",
    "run",
    "tune",
    "check",
    "list",
    "generate",
    "deploy",
    "inspect",
    "audit",
    "budget",
    "report",
    "ledger",
    "compare",
    "import",
)
ALONE = ("--version", "--help", "-h", "help")
INTERRUPTED = 130
EXPECTED = (ProeftuinError, PluginError)  #: errors that a user can solve
HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line; return the exit code, 0 on success."""
    endings.open_standard_streams()
    environment.prepare()
    try:
        code = _dispatch(list(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        endings.give_up_output()
        return endings.BROKEN_PIPE
    except KeyboardInterrupt:
        print("interrupted; the same command goes on where it was", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        endings.give_up_output()
        known = _known(error)
        if known is None:
            raise
        print(known, file=sys.stderr)
        return known.exit_code


def _known(error: Exception) -> ProeftuinError | PluginError | None:
    """Return the error in the user's words; None if it is a fault of ours."""
    return error if isinstance(error, EXPECTED) else endings.stopped(error)


def _dispatch(arguments: list[str]) -> int:
    try:
        Path.cwd()
    except FileNotFoundError:
        raise SettingsError(["the working folder was removed; cd to one that exists"]) from None
    refuse_signs(arguments)
    verb, *rest = map(as_meant, arguments or ["--help"])
    if verb in ALONE and rest:
        raise SettingsError([f"{rest[0]}: nothing goes with {verb}; write proeftuin {verb}"])
    if verb in ("-sc", "--shell-completion"):
        _complete(rest)
    elif verb == "--version" or (verb in VERBS and rest == ["--version"]):
        print(f"proeftuin {__version__}")
    elif verb == "budget":
        return _budget(rest)
    elif verb == "deploy" and not {"--help", "-h"} & set(rest):
        return _deploy(rest)
    elif verb in WORK:
        return _launch(verb, rest, WORK[verb])
    elif verb in ALONE or (verb in VERBS and {"--help", "-h"} & set(rest)):
        print(HELP, end="")
    elif verb == "list":
        _list(rest)
    elif verb == "report":
        _report(rest)
    elif verb == "ledger":
        _ledger(rest)
    elif verb == "compare":
        _compare(rest)
    elif verb == "import":
        _import(rest)
    else:
        raise SettingsError([_unknown_verb(verb)])
    return 0


def _launch(verb: str, rest: list[str], work: Callable[["Call"], None]) -> int:
    from proeftuin.commandline.launch import launch

    try:
        failures = launch(verb, rest, work)
    except SystemExit as end:  # Hydra exits after --help and the like
        return int(end.code or 0)
    for failure in failures:
        if _known(failure.error) is None:
            traceback.print_exception(failure.error)
    codes = [0]
    for settings, error in failures:
        known = _known(error)
        why = f"{type(error).__name__}: {error}" if known is None else str(known)
        print(f"failed: {settings}: {why.splitlines()[0]}", file=sys.stderr)
        codes.append(1 if known is None else known.exit_code)
    return max(codes)


def _unknown_verb(verb: str) -> str:
    allowed = f"(allowed are {', '.join(VERBS)}, --help, --version)"
    if "=" in verb:
        return f"{verb}: a verb comes first; did you mean proeftuin run {verb}? {allowed}"
    close = get_close_matches(verb, VERBS, 1)
    meant = f"; did you mean {close[0]}?" if close else ""
    return f"{verb}: unknown verb{meant} {allowed}"


def _budget(rest: list[str]) -> int:
    from proeftuin.commandline.budget import budget, parsed

    question, settings = parsed(rest)
    return _launch("budget", settings, lambda call: print(budget(call.settings, question)))


def _list(rest: Sequence[str]) -> None:
    from proeftuin.commandline.listing import listing

    if rest:
        raise SettingsError([f"{rest[0]}: proeftuin list takes no settings"])
    print(listing(conf_dirs()))


def _report(rest: Sequence[str]) -> None:
    if len(rest) != 1:
        given = " ".join(rest) or "nothing"
        raise SettingsError([f"report: needs one run folder, got {given}; proeftuin report FOLDER"])
    folder = _run_folder(rest[0], to_write=True)
    from proeftuin.report.page import write_reports

    print("\n".join(map(str, write_reports(folder))))


def _ledger(rest: Sequence[str]) -> None:
    if len(rest) != 1:
        given = " ".join(rest) or "nothing"
        raise SettingsError([f"ledger: needs one run folder, got {given}; proeftuin ledger FOLDER"])
    folder = _run_folder(rest[0], to_write=True)
    from proeftuin.commandline.listing import disclosed
    from proeftuin.study.disclosure import write_disclosure

    print(disclosed(written := write_disclosure(folder)))
    print(written)


def _compare(rest: Sequence[str]) -> None:
    if len(rest) != 2:
        given = " ".join(rest) or "nothing"
        raise SettingsError([f"compare: needs two run folders, got {given}; proeftuin compare A B"])
    first, second = map(_run_folder, rest)
    from proeftuin.commandline.compare import compare

    print(compare(first, second))


def _run_folder(path: str, *, to_write: bool = False) -> Path:
    folder = Path(path)
    try:
        check_file(folder / "manifest.json")
    except ForeignFileError as error:
        reason = "it holds no manifest.json" if error.missing else error.reason
        raise RunFolderError(f"{one_line(folder)}: not a run folder ({reason})") from None
    if to_write and (why := unwritable(folder)):
        raise RunFolderError(f"{folder}: cannot be written ({why})")
    return folder


def _refuse_unwritable(folder: Path) -> None:
    if why := unwritable(folder):
        raise SettingsError([f"--to {folder}: cannot be written ({why}); name another folder"])


def _import(rest: Sequence[str]) -> None:
    if rest[:1] == ["--suggest"] and rest[1:]:
        from proeftuin.imports.suggest import suggest

        print(suggest([Path(file) for file in rest[1:]]))
        return
    strict = "--strict" in rest
    match [word for word in rest if word != "--strict"]:
        case [mapping, "--to", folder] | ["--to", folder, mapping]:
            pass
        case _:
            given = " ".join(rest) or "nothing"
            wanted = "needs a mapping file and a folder; proeftuin import MAPPING --to FOLDER"
            raise SettingsError([f"import: got {given}, {wanted}"])
    _refuse_unwritable(Path(folder))
    from proeftuin.commandline.imported import told
    from proeftuin.imports.importing import import_tables

    print(told(import_tables(Path(mapping), Path(folder), strict=strict), Path(folder)))


def _deploy(rest: list[str]) -> int:
    """Write what each party needs and, for a trial, run it on this machine."""
    from proeftuin.commandline.options import of_a_verb

    options, settings = of_a_verb("deploy", rest)
    if "--to" not in options:
        raise SettingsError(["deploy: needs a folder; proeftuin deploy [settings] --to FOLDER"])
    folder, host = Path(options["--to"]), options.get("--host", "localhost")
    _refuse_unwritable(folder)
    if not HOST_NAME.fullmatch(host):
        raise SettingsError([f"--host={host}: a host name or an IPv4 address is allowed"])

    def work(call: "Call") -> None:
        from proeftuin.commandline.deploy import deploy, try_out

        folders = deploy(call.settings, folder, host, trial="--trial" in options)
        print("\n".join(map(str, folders)))
        for written in folders if "--trial" in options else ():
            print("\n".join(["", written.name, *try_out(written)]))

    return _launch("deploy", settings, work)


def _check(call: "Call") -> None:
    from proeftuin.commandline.listing import preview

    print(preview(call.settings, call.record.changed))


def _generate(call: "Call") -> None:
    from proeftuin.settings.worlds import persons
    from proeftuin.study.worlds import write_world

    folder = call.record.world_folder
    written = write_world(call.settings, folder)
    print(
        f"{written.rows:,} rows of {persons(call.settings.world):,} adults in "
        f"{call.settings.world.days} days, {written.copies:,} with the copies that two partners "
        f"hold, in {written.files} files: {folder}"
    )


def _inspect(call: "Call") -> None:
    """Hold a world against every check; raise if it fails one."""
    from proeftuin.inspection.survey import inspect_settings
    from proeftuin.inspection.writing import failures, print_survey, write_survey

    survey = inspect_settings(call.settings)
    worlds = len(survey.sheets)
    name = f"{call.record.world_folder.name}-inspection{'' if worlds == 1 else f'-{worlds}'}"
    folder = call.record.world_folder.with_name(name)
    print("\n".join([*print_survey(survey), "", *map(str, write_survey(survey, folder))]))
    if failed := failures(survey):
        ids = ", ".join(dict.fromkeys(check.id for check in failed))
        raise InspectionError(f"the world fails {len(failed)} checks: {ids}")


def _audit(call: "Call") -> None:
    """Attack the models and signals of a study; raise if an attack refutes a guarantee."""
    from proeftuin.audit.auditing import audit_settings, check_promises, write_audit
    from proeftuin.commandline.audit import audit_table
    from proeftuin.study.disclosure import FILE as DISCLOSURE
    from proeftuin.study.disclosure import write_disclosure

    _warn(call)
    findings = audit_settings(call.settings)
    path = write_audit(findings, call.record)
    written = [path]
    if path.with_name(DISCLOSURE).exists():  # the run is finished: its report includes the audit
        from proeftuin.report.page import write_reports

        written += [write_disclosure(path.parent), *write_reports(path.parent)]
    print("\n".join([audit_table(findings), "", *map(str, written)]))
    check_promises(findings)


def _run(call: "Call") -> None:
    """Run a study, write its reports, log it to MLflow and print the outcome."""
    from proeftuin.commandline import running

    _warn(call)
    pages = running.run(call)
    try:
        running.log(call, pages)
    finally:  # MLflow may fail, the outcome is told
        print(running.told(call, pages))


def _warn(call: "Call") -> None:
    from proeftuin.commandline.beforehand import warnings

    for one in warnings(call.settings):
        print(f"warning: {one}", file=sys.stderr)


WORK: dict[str, Callable[["Call"], None]] = {
    "demo": _run,
    "run": _run,
    "tune": _run,
    "check": _check,
    "generate": _generate,
    "inspect": _inspect,
    "audit": _audit,
}


def _complete(query: list[str]) -> None:
    """Complete verbs and options here; Hydra completes settings."""
    from proeftuin.commandline.launch import complete
    from proeftuin.commandline.options import OFFERED

    line = os.environ.get("COMP_LINE", "")[: int(os.environ.get("COMP_POINT", 10**6))]
    words = [*line.split(), *([""] if line.endswith(" ") else [])][1:]
    if not any(word.startswith("query=") for word in query):
        complete(query, "", [])
    elif len(words) == 1:
        print(" ".join(known for known in VERBS if known.startswith(words[0])))
    elif words and words[0] in WORK and words[-1].startswith("-"):
        print(" ".join(option for option in OFFERED if option.startswith(words[-1])))
    elif words and words[0] in WORK:
        complete(query, words[0], words[1:])
