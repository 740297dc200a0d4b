"""A Slack workspace that the real slack-sdk talks to over HTTP.

In come Web API calls, faults asked for by a test, and a clock; out go answers shaped as Slack's documents say, and a journal
in which every call that could never be right is marked.
"""
