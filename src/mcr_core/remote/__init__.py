"""Jobs in a child process: TensorFlow lives only there, its events come back.

with Client() as client:
    for event in client.run_job(job): ...
"""

from mcr_core.remote.client import Client
from mcr_core.remote.events import (
    Answer,
    Description,
    Discarded,
    Event,
    Failure,
    Note,
    Paused,
    Result,
    State,
)

__all__ = [
    "Answer",
    "Client",
    "Description",
    "Discarded",
    "Event",
    "Failure",
    "Note",
    "Paused",
    "Result",
    "State",
]
