"""The errors a user can meet, each with its exit code. Raised inside, printed only by the CLI."""

from scenarios.foreign import one_line

LONGEST = 4000  #: characters of a problem; more is somebody's trick


class ProeftuinError(Exception):
    """Base of every error that is the user's to solve; one clear line per problem."""

    exit_code = 1


class SettingsError(ProeftuinError):
    """The settings are wrong or make no sense together; nothing was started.

    Attributes:
        problems: one sentence per problem, each naming the key, the value and what is allowed.
    """

    exit_code = 2

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__(problems)

    def __str__(self) -> str:
        return "\n".join(one_line(problem, LONGEST) for problem in self.problems)


class PrivacyError(ProeftuinError):
    """A privacy guarantee cannot be computed or does not hold; no number is given instead."""

    exit_code = 3


class DeploymentError(ProeftuinError):
    """A deployment did not start, or its training failed; the parties' logs say more."""

    exit_code = 5


class UnfinishedError(ProeftuinError):
    """The machine stopped the work, or did not record it; what was finished is kept."""

    exit_code = 6


class LedgerError(ProeftuinError):
    """A run's ledgers do not bear out what the run claims; no number is given."""

    exit_code = 2


class InspectionError(ProeftuinError):
    """A world fails checks of its inspection; the results are written."""

    exit_code = 7


class RunFolderError(ProeftuinError):
    """A run folder is missing, incomplete or was made by other settings."""

    exit_code = 4
