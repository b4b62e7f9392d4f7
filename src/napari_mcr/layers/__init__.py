"""Layers of napari to microstructures, and back."""
