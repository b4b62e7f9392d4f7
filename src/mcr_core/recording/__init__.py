"""Recordings of runs: what survives when the program that computes one dies."""

from mcr_core.described_file import SUFFIXES
from mcr_core.recording.mark import Mark, Marks
from mcr_core.recording.reading import is_recording, read_recording
from mcr_core.recording.recorder import Recorder
from mcr_core.recording.recording import Recording
from mcr_core.recording.writing import write_recording

__all__ = [
    "SUFFIXES",
    "Mark",
    "Marks",
    "Recorder",
    "Recording",
    "is_recording",
    "read_recording",
    "write_recording",
]
