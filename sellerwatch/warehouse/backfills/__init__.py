"""Backfills: a person's order for history comes in; what Amazon still has of it stands in the warehouse afterwards, and a
row of the ledger says who wanted it, why, what it cost, what it changed and what is missing. Nothing here pages anybody.
"""
