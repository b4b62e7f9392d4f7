"""Statistics that other programs have computed, as plain arrays."""
