"""Deciding what people are told.

In come metric values and rules; out go alert states, one event per transition, and the outbox rows that belong to them, all in
one transaction. Nothing here talks to a network.
"""
