"""What messages say: the facts of a subject, its number and limits in words, and the messages of each event.

In come a notice or a question; out go blocks in one language. Nothing here decides whether anybody hears of it.
"""
