"""Sealing facts and measured values, so that whatever is altered behind sellerwatch's back is found and named.

In come the marks of what was written; out goes one hash per document and table, and per metric and period, and over all of
them one root per store and night, kept in the raw store's chain where altering the warehouse does not reach it.
"""
