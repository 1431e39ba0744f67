"""The rules: one module each, found and run by the registry."""
