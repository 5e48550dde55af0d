"""The inspection of a world: how realistic it is, and whether any artefact reveals the fraud.

Besides the outcomes, only the inspection may read the truth; no study uses the models trained here.
"""
