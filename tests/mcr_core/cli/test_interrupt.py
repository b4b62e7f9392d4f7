"""Ctrl-C: once for the result so far, twice for nothing."""

import os
import signal
import subprocess
import sys

import pytest

from mcr_core.images import read, read_job

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are another matter on Windows")


CODE = "from mcr_core.cli import main; main()"
#: Never gets done with writing, and says when it begins.
SLOW_WRITER = """
import sys, time
from mcr_core.cli import execute, main

def write(*arguments, **options):
    print("writing", file=sys.stderr, flush=True)
    while True:
        time.sleep(0.01)

execute.write = write
main()
"""


@pytest.fixture
def run(folder):
    """Start a run that would take hours: Adam, unlike L-BFGS-B, does not end by itself."""
    started = []

    def run(*arguments, code=CODE):
        process = subprocess.Popen(
            [
                *(sys.executable, "-u", "-c", code),
                *("match", "slice.tif", "-o", "o.tif", "-d", "variation"),
                *("--max-iter", "1000000", "--optimizer", "adam:learning_rate=1e-6", *arguments),
            ],
            cwd=folder,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def wait_for(process, word):
    """Read standard error until a line begins with a word."""
    seen = []
    for line in process.stderr:
        seen.append(line)
        if line.startswith(word):
            return
    raise AssertionError("".join(seen))


def test_once(run, folder):
    process = run()
    wait_for(process, "running")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "stopping: writing the result so far (Ctrl-C again to give up)" in err
    assert "Traceback" not in err
    assert out.startswith(f"{folder / 'o.tif'}: 24 x 20, fractions ")
    assert out.endswith(", stopped early\n")
    assert read("o.tif").phase_fractions.tolist() == read("slice.tif").phase_fractions.tolist()
    assert read_job("o.tif")["result"]["stop_reason"] == "stopped"
    assert sorted(os.listdir(folder)) == ["o.tif", "slice.tif"]


def test_twice(run, folder):
    process = run(code=SLOW_WRITER)
    wait_for(process, "running")
    process.send_signal(signal.SIGINT)
    wait_for(process, "writing")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert err.splitlines()[-1] == "mcr: interrupted, nothing is written"
    assert "Traceback" not in err
    assert out == ""
    assert os.listdir(folder) == ["slice.tif"]


def test_realizations_while_loading(run, folder):
    process = run("--realizations", "2")
    wait_for(process, "loading")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert out.endswith(", stopped early\n")
    assert sorted(os.listdir(folder)) == ["o_000.tif", "slice.tif"]
