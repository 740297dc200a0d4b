"""The exact bytes Amazon sent, kept for ever.

In come finished downloads; out goes each of them under its own sha256, listed in a manifest whose lines are chained by hash, so
that nothing can be altered, removed or put in between without `verify` naming it.
"""
