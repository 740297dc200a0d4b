"""The hostile world's mischief: in, a true report and the calls about it; out, what Amazon makes of them on a bad night.

The books stay those of the clean world. What strikes is data (`hostilities.HOSTILITIES`), chosen by name, place and night
alone, so the same seed gives the same mischief; what has struck is kept, so that a test can tell what never happened.
"""
