"""Characterizations as HDF5 files: arrays, and their meaning as JSON inside of the same file."""

from mcr_core.characterization_file.layout import FORMAT_VERSION
from mcr_core.characterization_file.reading import read_characterization
from mcr_core.characterization_file.writing import write_characterization
from mcr_core.described_file import SUFFIXES

__all__ = ["FORMAT_VERSION", "SUFFIXES", "read_characterization", "write_characterization"]
