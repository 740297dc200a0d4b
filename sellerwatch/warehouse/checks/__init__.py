"""Data checks after each load: facts of the days a night loaded come in, one stored result per check, day and measure goes out.

A check compares two things the warehouse holds, in SQL, and never changes a fact. What cannot be compared is skipped with a reason.
"""
