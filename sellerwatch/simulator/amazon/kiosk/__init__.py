"""Data Kiosk 2023-11-15: queries in a subset of GraphQL, made into JSON Lines.

In come a query's text and the seller who asks; out goes a document with the fields that were selected and no other, or the
refusal that says what is wrong with the query.
"""
