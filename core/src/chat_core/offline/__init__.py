"""The provider ``offline``: models that answer from this package alone, without key or network."""
