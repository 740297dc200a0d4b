"""From the warehouse and a rule to one row a subject: what was measured, and where the rule's tiers begin for that subject.

In comes what `metric_value` and people's tables hold; out goes a frame whose limits are final: scaled, staged, and compared.
"""
