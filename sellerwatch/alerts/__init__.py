"""Deciding what people are told.

In come metric values and rules; out go alert states, one event per transition, and the outbox rows that belong to them, all in
one transaction. Nothing here talks to a network. A night passes through the rooms in this order: `reading` (what a rule sees of each
subject), `judging` (who may be moved), `condition` (the machine that data moves), `showing` (what is said), `telling` (whether, where
and when), `response` (what people and time do with it). Beside them `rules` tries rules out, `unusual` looks at numbers without one, and
`backtest` at the past; `pressing` and `ticking` let people and time in.
"""
