"""Threads and time: deadlines, cancellation of blocked threads, worker threads, locks and forks.

Nothing here knows of models or messages.
"""
