"""The command `mcr`. TensorFlow and NumPy load only inside the commands that need them."""

from mcr_core.cli.main import main

__all__ = ["main"]
