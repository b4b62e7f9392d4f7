"""napari plugin: microstructure reconstruction in a dock, computed in a child process."""
