"""The condition of an alert, from data only: one pure step a night, and the fold of all of them.

In come judgements and the condition before; out go the condition after and the events in between. It knows no people and no Slack.
"""
