"""What will be asked of Amazon, before anything is: in come stores, feeds and days, out goes every single request with its price.

A plan reads the ledger and writes nothing; `entering` writes it into the ledger. What cannot be had is left out, with the reason.
"""
