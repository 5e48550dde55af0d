"""How a command ends when the machine is in its way: no disk, no memory, nobody who listens."""

import os
import sys
from concurrent.futures import BrokenExecutor

from proeftuin.errors import UnfinishedError

GOES_ON = "what is finished is kept, and the same command goes on from there"
LESS_MEMORY = f"fewer worlds at once (jobs=1) or smaller ones need less; {GOES_ON}"
#: What libraries say, in errors of no kind of their own, when there is no memory left.
NO_MEMORY = ("allocate memory", "not enough memory", "bad_alloc", "can't start new thread")
#: What a shell reports of a program whose reader went away.
BROKEN_PIPE = 141


def open_standard_streams() -> None:
    """Put the null device where the caller closed a standard stream.

    Otherwise the next file that is opened takes the stream's number, and gets its messages.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # takes the lowest free number
            setattr(sys, name, open(number, "r" if number == 0 else "w", encoding="utf-8"))  # noqa: SIM115, PTH123


def give_up_output() -> None:
    """Throw away output that cannot be written, so that the end of Python does not try again."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def stopped(error: Exception) -> UnfinishedError | None:
    """Return in one line what of the machine stopped the work; None if something else did."""
    text = " ".join(str(error).split())
    if isinstance(error, BrokenExecutor):
        return UnfinishedError(f"a worker was killed, mostly for want of memory; {LESS_MEMORY}")
    if isinstance(error, MemoryError) or any(words in text for words in NO_MEMORY):
        what = text[:160] or type(error).__name__
        return UnfinishedError(f"not enough memory ({what}); {LESS_MEMORY}")
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        why = os.strerror(error.errno) if error.errno else text[:160]
        return UnfinishedError(f"{place}{why}; {GOES_ON}")
    return None
