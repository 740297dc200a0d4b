"""Facts made of facts: rows of Amazon's reports beside what people filled in, which the catalogue reads like any table.

In come fact tables and user tables; out goes, under a name, a SELECT with a row's provenance and its numbers in whole millionths.
"""
