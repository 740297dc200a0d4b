"""Measuring: named numbers over facts, computed by the warehouse itself.

In come facts and the metric catalogue; out goes one `metric_value` row per metric, subject and day, with its numerator,
denominator, and the reason where the value is unknown. Nothing here talks to a network.
"""
