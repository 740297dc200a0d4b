"""What we publish about the numbers: summaries, boards and reports.

In come measured values and the ledgers; out go briefs for a terminal, a page or a channel. Nothing here decides anything.
"""
