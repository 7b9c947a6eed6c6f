"""Encoders of protocols that others have published."""
