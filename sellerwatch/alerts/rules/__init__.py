"""Rules before they judge: looked over, tried on made-up numbers, and explained for one subject.

In come rules and questions of people; out go findings and words. Nothing is stored and nobody is told.
"""
