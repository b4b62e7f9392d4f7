"""What a volume is asked for: the symmetry of a target, and S₂ that a volume can have."""
