"""The tables by subject. Every one hangs on the same metadata, which migrations and documentation are checked against."""
