"""One module per Amazon report: a document's bytes come in; typed, keyed frames go out, and nothing is lost without a word.

What must be true of what goes out: columns and types are exactly the table's, blank is null and never zero, text is the
document's own text, and every record that could not be read is named in ``skipped``. Nothing in here touches a network, a
database or a clock, so the same bytes and context always give the same frames.
"""
