"""How Prefect runs a step: retries, timeouts, names. Each task calls the library once; nothing is decided here."""
