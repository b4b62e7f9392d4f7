"""Same seed, same machine: the same volume, bit for bit."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest

from mcr_core import match, read, write
from mcr_core.descriptors import Correlations, Variation

SCRIPT = """
import sys, hashlib, mcr_core as mcr
image = mcr.read(sys.argv[1])
terms = [mcr.descriptors.Correlations(limit_to=4), mcr.descriptors.Variation()]
result = mcr.match(image, (16, 16, 16), terms, max_iter=8, seed=3)
print(hashlib.sha256(result.microstructure.labels.tobytes()).hexdigest())
"""


def _digest(labels):
    return hashlib.sha256(np.ascontiguousarray(labels, np.uint8).tobytes()).hexdigest()


@pytest.fixture
def image(tmp_path, slice_image):
    return write(tmp_path / "slice.tif", slice_image)


def _here(image, seed=3):
    terms = [Correlations(limit_to=4), Variation()]
    return match(read(image), (16, 16, 16), terms, max_iter=8, seed=seed).microstructure


def test_twice_in_a_process_and_in_another_process(image):
    once, again = _here(image), _here(image)
    assert once == again
    assert _here(image, seed=4) != once
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(image)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[-1] == _digest(once.labels)


def test_command_line_is_python(image, tmp_path):
    output = tmp_path / "volume.tif"
    command = [
        *(sys.executable, "-m", "mcr_core.cli", "match", str(image), "-o", str(output)),
        *("--shape", "16", "16", "16", "-d", "correlations", "-d", "variation"),
        *("--limit-to", "4", "--max-iter", "8", "--seed", "3"),
    ]
    subprocess.run(command, check=True, capture_output=True)
    assert _digest(read(output).labels) == _digest(_here(image).labels)
