"""Where TensorFlow computes, on machines with and without a GPU."""

import pytest
import tensorflow as tf

from mcr_core import device
from mcr_core.device import choose_device
from mcr_core.errors import InputError


class Devices:
    """What TensorFlow would say on a machine with some GPUs."""

    def __init__(self, monkeypatch, gpus, *, in_use=False):
        self.hidden = False
        self.grown = []
        self.in_use = in_use
        monkeypatch.setattr(device, "has_driver", lambda: bool(gpus))
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


@pytest.mark.parametrize("wanted", ["auto", "cpu"])
@pytest.mark.parametrize("driver", [True, False])
def test_without_a_gpu(monkeypatch, wanted, driver):
    Devices(monkeypatch, [])
    monkeypatch.setattr(device, "has_driver", lambda: driver)
    assert choose_device(wanted) is False


def test_gpu_asked_for_where_there_is_none(monkeypatch):
    Devices(monkeypatch, [])
    message = r"no GPU is visible to TensorFlow: use --device cpu, or install napari-mcr\[gpu\]"
    with pytest.raises(InputError, match=message):
        choose_device("gpu")


@pytest.mark.parametrize(("wanted", "hidden"), [("auto", False), ("gpu", False), ("cpu", True)])
def test_with_gpus(monkeypatch, wanted, hidden):
    devices = Devices(monkeypatch, ["one", "two"])
    assert choose_device(wanted) is (wanted != "cpu")
    assert devices.hidden is hidden
    assert devices.grown == ["one", "two"]


def test_a_process_keeps_its_first_choice(monkeypatch):
    Devices(monkeypatch, ["one"], in_use=True)
    choose_device("gpu")
    with pytest.raises(InputError, match="computes on the GPU already: start a new one"):
        choose_device("cpu")


def test_a_driver_is_seen_by_its_files(monkeypatch, tmp_path):
    monkeypatch.setattr(device, "_DRIVERS", (str(tmp_path / "nvidiactl"),))
    assert not device.has_driver()
    (tmp_path / "nvidiactl").touch()
    assert device.has_driver()
