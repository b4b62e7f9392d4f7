"""What can be said of an image before a run."""

from mcr_core.checks.check import Check, Finding

__all__ = ["Check", "Finding"]
