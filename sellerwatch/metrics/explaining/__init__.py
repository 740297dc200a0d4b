"""Walking a measured value back: to its formula, the facts it was made of, their documents, and the lines in the kept bytes.

In comes the name of a value; out goes everything behind it, added up once more by plain code of its own. Nothing is written.
"""
