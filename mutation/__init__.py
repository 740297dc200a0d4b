"""Mutation tests of what decides: README.md says what is measured and how to read it."""
