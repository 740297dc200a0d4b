"""The metrics warehouse: typed facts with their provenance, the window ledger, and the tables every later stage writes.

In come parsed documents and the state of each wanted window; out goes one row per natural key, the same after any number of
repetitions, on SQLite and on PostgreSQL alike.
"""
