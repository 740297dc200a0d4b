"""The Amazon Ads API v3: profiles and asynchronous reports, with tokens and errors of their own.

In comes a report order; out goes a gzip file with a JSON list that has the columns asked for, or the refusal that says why not.
"""
