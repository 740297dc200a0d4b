"""How long stock lasts: cover, outages, arrivals, the last day to order, and the stages of a product's life."""
