"""What runs, in which order: one file is one deployable Prefect flow, read top to bottom like a recipe."""
