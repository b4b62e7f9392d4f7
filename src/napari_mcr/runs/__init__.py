"""Runs as docks see them: what is asked for, watched, queued and kept."""
