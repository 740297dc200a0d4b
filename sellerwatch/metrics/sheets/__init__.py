"""KPIs worked out by hand: per subject a table of what each takes and gives; checked names and units come in, plain numbers go out."""
