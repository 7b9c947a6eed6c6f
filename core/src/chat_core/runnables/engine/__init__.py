"""What runs the steps of a chain: runtimes for blocking code and for event loops, accumulators of
chunks, tracing, and the queue of events.
"""
