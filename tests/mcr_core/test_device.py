"""Where TensorFlow computes, on machines with and without a GPU."""

import pytest
import tensorflow as tf

from mcr_core.device import choose_device
from mcr_core.errors import InputError


class Devices:
    """What TensorFlow would say on a machine with some GPUs."""

    def __init__(self, monkeypatch, gpus, *, in_use=False):
        self.hidden = False
        self.grown = []
        self.in_use = in_use
        monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: gpus)
        monkeypatch.setattr(tf.config, "set_visible_devices", self.set_visible)
        monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind: gpus)
        monkeypatch.setattr(tf.config.experimental, "set_memory_growth", self.grow)

    def set_visible(self, devices, kind):
        self.fail_in_use()
        assert (devices, kind) == ([], "GPU")
        self.hidden = True

    def grow(self, gpu, enable):
        self.fail_in_use()
        assert enable
        self.grown.append(gpu)

    def fail_in_use(self):
        if self.in_use:
            raise RuntimeError("cannot be modified after being initialized")


@pytest.mark.parametrize("device", ["auto", "cpu"])
def test_without_a_gpu(monkeypatch, device):
    Devices(monkeypatch, [])
    choose_device(device)


def test_gpu_asked_for_where_there_is_none(monkeypatch):
    Devices(monkeypatch, [])
    message = r"no GPU is visible to TensorFlow: use --device cpu, or install napari-mcr\[gpu\]"
    with pytest.raises(InputError, match=message):
        choose_device("gpu")


@pytest.mark.parametrize(("device", "hidden"), [("auto", False), ("gpu", False), ("cpu", True)])
def test_with_gpus(monkeypatch, device, hidden):
    devices = Devices(monkeypatch, ["one", "two"])
    choose_device(device)
    assert devices.hidden is hidden
    assert devices.grown == ["one", "two"]


def test_a_process_keeps_its_first_choice(monkeypatch):
    Devices(monkeypatch, ["one"], in_use=True)
    choose_device("gpu")
    with pytest.raises(InputError, match="computes on the GPU already: start a new one"):
        choose_device("cpu")
