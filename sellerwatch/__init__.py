"""sellerwatch: pulls a seller's own Amazon reports, measures them, and tells the right person what to do, once."""
