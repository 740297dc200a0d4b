"""The command line: one module per command, facts as ``--json``, exit codes 0 (done), 1 (something failed), 2 (a person has to act)."""
