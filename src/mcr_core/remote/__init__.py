"""Jobs in a child process: TensorFlow lives only there, its events come back.

with Client() as client:
    for event in client.run_job(job): ...
"""

from mcr_core.remote.client import Client
from mcr_core.remote.events import Description, Discarded, Event, Failure, Note, Result, State

__all__ = ["Client", "Description", "Discarded", "Event", "Failure", "Note", "Result", "State"]
