"""Metrics that people feed: what their tables say by the night, or that they say nothing.

In come the user tables (and the few facts beside them); out goes for every such metric at least one row, known or not.
"""
