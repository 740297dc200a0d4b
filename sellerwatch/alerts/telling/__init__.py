"""What of a run's news people are told, and in which message.

In comes what a run has to tell, in the order in which it happened; out go outbox rows, and for each episode the stored fact how it
is told: in a message of its own, as a row of a digest, or held back and by what. No open alert is told twice, and none is forgotten.
"""
