"""Core numbers that no limit watches: each marketplace's mature days against the same weekday of the last weeks.

In comes what was measured; out goes what is unusual, for a grey line in the night's digest. It never makes an alert and calls nobody.
"""
