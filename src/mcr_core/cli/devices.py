"""mcr devices."""

from __future__ import annotations

import click

_KERNELS = {
    "avx512": "compiled for AVX-512",
    "avx2": "compiled for AVX2",
    "numpy": "NumPy: built without a C compiler, or another processor than x86-64 with AVX2",
}


@click.command()
def command() -> int:
    """List the cores, BLAS, kernels and GPUs of this machine, and what --device auto takes.

    TensorFlow is asked for GPUs where the driver of one is seen; that takes some seconds.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from mcr_core.device import list_devices

    found = list_devices()
    gpus = found.gpus or ("none that TensorFlow sees, though there is a driver",)
    if not found.driver:
        gpus = ("none: no driver is seen",)
    table = Table(box=box.SIMPLE_HEAD, show_header=False)
    table.add_row("CPU", f"{found.cores} cores that this process may use")
    table.add_row("BLAS", "\n".join(found.blas) or "unknown")
    table.add_row("correlations", _KERNELS[found.correlations])
    table.add_row("GPU", "\n".join(gpus))
    table.add_row("--device auto", f"takes the {found.auto}")
    Console(highlight=False).print(table)
    return 0
