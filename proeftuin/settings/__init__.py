"""The settings of a study: typed, composed from YAML and checked before any work starts."""
