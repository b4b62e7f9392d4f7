"""Where TensorFlow computes."""

from __future__ import annotations

from mcr_core.errors import InputError


def choose_device(device: str) -> None:
    """Make this process compute on `cpu` or `gpu`; `auto` takes a GPU where there is one.

    Memory grows with need instead of being taken whole. TensorFlow fixes its devices on first
    use, so a process keeps its first choice.

    Raises:
        InputError: a GPU is asked for where there is none, or another choice was made before.
    """
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
