"""Bounded stores of the frames of streams: in memory, in SQLite, in Redis."""
