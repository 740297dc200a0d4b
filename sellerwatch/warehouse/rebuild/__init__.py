"""Making a warehouse anew from the raw store, and comparing it with the present one.

In come the manifest's lines, and what the present ledger alone knows; out goes a warehouse of its own in which the same
documents were entered in the same order. Measuring it is left to `metrics.rebuild`. The present warehouse is only read.
"""
