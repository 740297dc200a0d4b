"""Seeded seller worlds: catalogues, demand, stock, orders and traffic that fit together day by day.

In come a name and a seed; out goes a world whose every figure depends on them alone, never on the order of the calls, so that
the same request gives the same bytes on any machine.
"""
