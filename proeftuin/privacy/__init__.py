"""Record-level differential privacy of what a partner sends: noise, its calibration, its cost.

The only package that knows Opacus and dp-accounting. ``ledger`` says what was released,
``accounting`` what that costs, ``calibration`` how much noise a budget needs, ``statistics`` and
``dp_sgd`` make the releases.
"""
