"""The registry: people, their consents, what was answered, what they contest, and the proof that nobody changed it.

Every write goes through `changing`, every disclosure through `answers`; every row has a line in `log`.
"""
