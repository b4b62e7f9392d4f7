"""What `check` has found, in the words of the docks."""

import numpy as np
import pytest

import mcr_core as mcr
from napari_mcr.forms.check_light import CheckLight


def stripes(period=8):
    return np.repeat(np.arange(64) % period < period // 2, 64).reshape(64, 64)


def noise():
    return np.random.default_rng(0).random((64, 64)) < 0.5


def periodic():
    waves = np.fft.fft2(np.random.default_rng(0).random((64, 64)))
    frequency = np.hypot(*np.meshgrid(*(np.fft.fftfreq(64),) * 2))
    blurred = np.fft.ifft2(waves * np.exp(-((frequency * 12) ** 2))).real
    return blurred > np.median(blurred)


def framed():
    image = np.kron(np.random.default_rng(0).random((16, 16)) < 0.5, np.ones((4, 4), bool))
    image[:5] = True
    return image


@pytest.mark.parametrize(
    ("image", "is_periodic", "words"),
    [
        (stripes(), False, ["Reconstruct: from orthogonal slices", "symmetry cubic"]),
        (stripes(), False, ["Reconstruct: preset balanced"]),
        (noise(), False, ["Smooth: method median"]),
        (framed(), True, ["untick edges continue", "Characterize: inside of a region"]),
        (periodic(), False, ["above: tick edges continue"]),
    ],
)
def test_what_to_do_is_said_in_words_of_the_docks(qtbot, image, is_periodic, words):
    light = CheckLight()
    qtbot.addWidget(light)
    found = mcr.check(mcr.Microstructure.from_array(image, periodic=is_periodic)).as_dict()
    light.show_check(found, "an image")
    told = "\n".join(light.texts)
    for one in words:
        assert one in told
    for foreign in ("--", "mcr ", "IMAGE", "read("):
        assert foreign not in told
    # Whatever there is a command for has words, too.
    for finding, text in zip(
        sorted(found["findings"], key=lambda one: one["text"]), sorted(light.texts), strict=True
    ):
        assert bool(finding["command"]) == ("→" in text)
