"""Decided messages on their way to Slack: comes in an outbox row; goes out one visible message, whatever fails in between."""
