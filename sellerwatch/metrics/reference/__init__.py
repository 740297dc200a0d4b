"""The engine that measures the same slowly and plainly in pandas, to hold the other one to."""
