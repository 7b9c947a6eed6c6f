"""The laws of the conformance suite, one file for each theme."""
