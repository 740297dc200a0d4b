"""One night of one store: what of what was read may move an alert, and what is written about it in one transaction.

In come a store and a night, or values that somebody has just looked up; out go conditions, events, and news to be told.
"""
