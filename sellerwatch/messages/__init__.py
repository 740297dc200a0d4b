"""Neutral messages and their renderers: comes in what to say; goes out text that no data in it can turn into markup."""
