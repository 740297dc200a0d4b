"""The leaf every other package may use: errors, clock, days, money, ids and Amazon's marketplaces.

Nothing in here knows a database, a network or a report. What goes out is plain values.
"""
