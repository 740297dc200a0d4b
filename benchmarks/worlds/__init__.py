"""Seeded sellers whose stock-outs are known, and how two ways of reckoning cover foresee them."""
