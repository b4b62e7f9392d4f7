"""Reconstruct a 3D volume from a small 2D image, in a fresh clone: `python3 scripts/demo.py`.

Makes the virtual environment `.venv` in the repository, installs the package there, and runs it on
`sample_data/isotropic.tif`. Nothing outside of the repository is changed. A repeat skips what is
done.
"""

import bootstrap  # first: it leaves with a clear sentence where Python is too old

# isort: split
import argparse
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path

GIGABYTES = 4.0
SLICE = "sample_data/isotropic.tif"
VOLUME = "demo/volume.tif"
SECTIONS = "demo/sections.png"
MATCH = (
    *("match", SLICE, "-o", VOLUME, "--shape", "48", "48", "48"),
    *("--preset", "balanced", "--seed", "0", "--overwrite"),
)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="demo.py",
        description="Install the package into .venv and reconstruct a 3D volume from a 2D image.",
    )
    parser.add_argument("--recreate", action="store_true", help="make .venv anew")
    options = parser.parse_args()

    environment = bootstrap.Environment()
    bootstrap.prepare(environment, gigabytes=GIGABYTES, recreate=options.recreate)

    started = time.monotonic()
    (environment.root / "demo").mkdir(exist_ok=True)
    bootstrap.say(f"\nReconstructing a volume from {SLICE}:\n$ {shlex.join(['mcr', *MATCH])}\n")
    code = _run(environment, [environment.command("mcr"), *MATCH])
    if code:
        bootstrap.say(_reason(code))
        return code
    code = _run(
        environment, [environment.python, "-m", "mcr_core.figures", SECTIONS, SLICE, VOLUME]
    )
    if code:
        bootstrap.say(f"The volume is in {VOLUME}, but drawing its sections failed.")
        return code

    folder = environment.root
    seconds = time.monotonic() - started
    bootstrap.say(
        f"\nDone in {seconds:.0f} s, without the installation. Open these:\n"
        f"  {folder / SECTIONS}\n"
        "      a picture: the input image beside three sections through the volume\n"
        f"  {folder / VOLUME}\n"
        "      the volume, a TIFF for napari, ImageJ or ParaView\n"
        "More commands: "
        f"{shlex.join([str(environment.command('mcr')), '--help'])}"
    )
    return 0


def _run(environment: bootstrap.Environment, command: Sequence[str | Path]) -> int:
    variables = environment.variables()
    variables.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    return bootstrap.run(command, cwd=environment.root, env=variables)


def _reason(code: int) -> str:
    if code == bootstrap.INTERRUPTED:
        return "\nInterrupted. The same command starts the reconstruction again."
    return (
        f"\nThe reconstruction ended with exit code {code}; its message is above. If the "
        f"installation looks broken: {shlex.join(['python3', sys.argv[0], '--recreate'])}"
    )


if __name__ == "__main__":
    bootstrap.finish(main)
