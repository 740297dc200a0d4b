"""Trying rules out on the past: what they would have said, and what came true of it.

In come the raw store, the days, and two sets of rules; out goes a report. What happened then is done again in a warehouse of its own,
in the order in which documents arrived; nobody is told anything, and nothing of the present is touched.
"""
