"""Rate limits: waiting before a request would be refused, and reading what responses report."""
