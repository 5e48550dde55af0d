"""Differential privacy of the releases of a partner: noise, calibration, accounting.

The only package that uses Opacus and dp-accounting. ``ledger`` records the releases, ``accounting``
computes their cost, ``calibration`` the noise for a budget; ``statistics`` and ``dp_sgd`` make the
releases.
"""
