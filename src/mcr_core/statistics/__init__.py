"""Statistics of several images or planes: what they share, their means, how they differ."""
