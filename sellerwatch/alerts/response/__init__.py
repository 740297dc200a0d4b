"""People and time: who has an alert in hand, until when, and whom it calls next.

In come acts of people, changes of the condition and instants; out go events, each stored with the messages it causes in one
transaction. No metric is read: a message is dressed anew from its newest stored content.
"""
