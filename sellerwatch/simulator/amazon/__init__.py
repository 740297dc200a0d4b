"""In: a world, a clock and HTTP requests as the real SP-API client sends them; out: what Amazon would answer at that simulated time."""
