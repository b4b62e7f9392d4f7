"""Where TensorFlow computes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mcr_core.errors import InputError

#: What the drivers of GPUs put there: of NVIDIA, of AMD, and of both under Windows' Linux.
_DRIVERS = ("/dev/nvidiactl", "/proc/driver/nvidia", "/dev/kfd", "/dev/dxg")


def choose_device(device: str) -> bool:
    """Make this process compute on `cpu` or `gpu`; `auto` takes a GPU where there is one.

    Memory grows with need instead of being taken whole. TensorFlow fixes its devices on first
    use, so a process keeps its first choice. Where no driver can be seen TensorFlow, which takes
    seconds to load, is not asked.

    Returns:
        Whether it is a GPU.

    Raises:
        InputError: a GPU is asked for where there is none, or another choice was made before.
    """
    if device != "gpu" and not has_driver():
        return False
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if device == "gpu" and not gpus:
        raise InputError(
            "no GPU is visible to TensorFlow: use --device cpu, or install napari-mcr[gpu] "
            "on a machine with an NVIDIA GPU"
        )
    try:
        for gpu in gpus:
            tf.config.experimental.set_memory_growth(gpu, True)
        if device == "cpu" and gpus:
            tf.config.set_visible_devices([], "GPU")
    except RuntimeError:
        if device == "cpu" and tf.config.get_visible_devices("GPU"):
            raise InputError(
                "this process computes on the GPU already: start a new one for --device cpu"
            ) from None
    return bool(gpus) and device != "cpu"


def expects_gpu(device: str) -> bool:
    """Whether `choose_device` may find a GPU, as far as can be said without TensorFlow."""
    return device == "gpu" or (device == "auto" and has_driver())


def has_driver() -> bool:
    """Whether the driver of a GPU can be seen."""
    return any(Path(path).exists() for path in _DRIVERS)


@dataclass(frozen=True)
class Devices:
    """What this machine computes with.

    Attributes:
        cores: cores of the CPU that this process may use.
        blas: libraries of matrix products with their numbers of threads.
        correlations: what computes S₃ on the CPU: `avx512`, `avx2`, or `numpy` where the package
            was built without a C compiler or the processor has neither.
        driver: whether the driver of a GPU is seen.
        gpus: names of the GPUs that TensorFlow sees; it is not asked where there is no driver.
        auto: what the device `auto` takes, `cpu` or `gpu`.
    """

    cores: int
    blas: tuple[str, ...]
    correlations: str
    driver: bool
    gpus: tuple[str, ...]
    auto: str


def list_devices() -> Devices:
    """Return what this machine computes with; loads TensorFlow if a driver is seen."""
    import numpy as np  # whose library it is
    from threadpoolctl import ThreadpoolController

    from mcr_core.kernels.correlation_tiles import libraries as compiled
    from mcr_core.kernels.workers import usable_cores

    libraries = ThreadpoolController().select(user_api="blas").info()
    blas = [
        f"{one['internal_api']} {one['version'] or ''} of NumPy {np.__version__}, "
        f"{one['num_threads']} threads"
        for one in libraries
    ]
    driver = has_driver()
    gpus: list[str] = []
    if driver:
        import tensorflow as tf

        for gpu in tf.config.list_physical_devices("GPU"):
            details = tf.config.experimental.get_device_details(gpu)
            gpus.append(str(details.get("device_name") or gpu.name))
    return Devices(
        usable_cores(),
        tuple(blas),
        next(iter(compiled()), "numpy"),
        driver,
        tuple(gpus),
        auto="gpu" if gpus else "cpu",
    )
