"""Draw an input beside its volume: `python -m mcr_core.figures OUT.png INPUT.tif VOLUME.tif`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from mcr_core.errors import InputError
from mcr_core.figures.sections import save_sections


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return the exit code."""
    from mcr_core.images import read

    parser = argparse.ArgumentParser(
        prog="python -m mcr_core.figures",
        description="Draw an input image beside three sections through a volume.",
    )
    parser.add_argument("out", help="the PNG to write")
    parser.add_argument("input", help="the image that the volume was made from")
    parser.add_argument("volume", help="the reconstructed volume")
    options = parser.parse_args(arguments)
    try:
        save_sections(options.out, read(options.input), read(options.volume))
    except (InputError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
