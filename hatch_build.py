"""Compile the correlation tiles when a wheel is built, or installed editable.

Without a C compiler, or on another processor than x86-64, the wheel is pure Python, and NumPy
computes the same more slowly (src/mcr_core/kernels/correlation_tiles.py).
"""

import contextlib
import os
import platform
import shlex
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCE = "src/mcr_core/kernels/correlation_tiles.c"
#: One library each: a processor takes the first that it can run.
INSTRUCTIONS = {"avx512": ["-mavx512f"], "avx2": ["-mavx2", "-mfma"]}
OPTIONS = ["-std=gnu11", "-O3", "-shared", "-fPIC"]


class CompileTiles(BuildHookInterface):
    """Adds the compiled libraries to a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile beside the source; a failure is told and leaves a wheel without libraries."""
        made = self._compile()
        if made:
            build_data["artifacts"] += made
            # They know nothing of Python: one wheel does for all its versions.
            place = sysconfig.get_platform().replace("-", "_").replace(".", "_")
            build_data["pure_python"], build_data["tag"] = False, f"py3-none-{place}"

    def _compile(self) -> list[str]:
        root = Path(self.root)
        names = {
            kind: SOURCE.replace("correlation_tiles.c", f"_correlation_tiles_{kind}.so")
            for kind in INSTRUCTIONS
        }
        if platform.machine().lower() not in ("x86_64", "amd64"):
            return []
        try:
            for name in names.values():
                (root / name).unlink(missing_ok=True)  # one of an older source
            compiler = shlex.split(os.environ.get("CC", "")) or ["cc"]
            for kind, flags in INSTRUCTIONS.items():
                # Under its name there is never a part of one: to load that ends the interpreter.
                made = f"{names[kind]}.{os.getpid()}"
                command = [*compiler, *OPTIONS, *flags, SOURCE, "-o", made]
                subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
                (root / made).replace(root / names[kind])
        except (OSError, ValueError, subprocess.CalledProcessError) as error:
            words = getattr(error, "stderr", "") or error
            self.app.display_warning(f"Correlations are left to NumPy: {words}")
            with contextlib.suppress(OSError):
                for name in names.values():
                    (root / name).unlink(missing_ok=True)
            return []
        return list(names.values())
