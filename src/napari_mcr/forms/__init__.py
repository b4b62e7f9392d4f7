"""Forms and other fields that docks are put together from."""
