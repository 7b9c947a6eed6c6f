"""From bytes to chunks: framing, decoders, transports, and one call with retries and deadlines."""
