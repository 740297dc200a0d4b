"""A local Amazon and a local Slack that the real clients talk to over HTTP.

In come seeded worlds and faults on demand; out go answers shaped as Amazon's and Slack's documents say. Written from those
documents and importing only ``core``, so that a mistake in our parsers cannot be mirrored by what tests them.
"""
