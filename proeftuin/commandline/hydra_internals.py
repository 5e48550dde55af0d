"""Names of Hydra that are not part of its public API; nothing else in the package touches one.

Tried with Hydra 1.3.8. ``tests/unit/test_internals.py`` fails when a name goes.
"""

from argparse import ArgumentParser

from hydra._internal.utils import get_args_parser


def arguments_of_hydra() -> ArgumentParser:
    """Return the parser of Hydra's own options, so that ours are told apart as it does."""
    parser: ArgumentParser = get_args_parser()
    return parser
