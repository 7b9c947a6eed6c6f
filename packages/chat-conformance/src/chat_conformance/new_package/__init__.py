"""Writes the package of a new provider from a template."""
