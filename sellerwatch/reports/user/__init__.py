"""Tables that people fill in.

In come the bytes of a CSV file or a workbook; out go typed rows of the tables declared here, each with its line, or the list of
everything that is wrong with the file. Nothing here touches the warehouse.
"""
