"""Configuration as frozen, checked values.

In come the YAML files of ``config/`` and the environment; out goes one `Settings`, complete and consistent, or a
`ConfigError` that names the file, the place, the bad value and what is allowed.
"""
