"""The steps that bring an older warehouse up to date, in order; a test holds their sum against the tables."""
