"""The laws that every chat model keeps, one file for each theme."""
