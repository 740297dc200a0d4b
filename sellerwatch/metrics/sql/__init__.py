"""The engine that measures the catalogue in the database."""
