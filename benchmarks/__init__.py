"""How fast documents become committed rows and in how much memory, measured side by side with the best pipelines found."""
