"""The inspection of a world: how realistic it is, and whether anything gives the fraud away.

The only part of the programme besides the outcomes that may know the truth; nothing here learns a
model that a study uses.
"""
