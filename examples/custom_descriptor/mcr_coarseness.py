"""Fluctuations of the local volume fraction: a descriptor as an installed plugin."""

from __future__ import annotations

from typing import Any, ClassVar, final

from pydantic import Field

from mcr_core.descriptors import Descriptor


@final
class Coarseness(Descriptor):
    """Variance of the volume fraction within square windows.

    With f(x) the mean of I over the window × window pixels from x on, the block `variance` of
    shape [] is ⟨f²⟩ − ⟨f⟩². Windows wrap around periodic images; open and masked images count the
    windows whose pixels are all valid.
    """

    name: ClassVar[str] = "coarseness"
    reference: ClassVar[str] = (
        "Lu, Torquato, Local volume fraction fluctuations in heterogeneous media, "
        "J. Chem. Phys. 93, 3452 (1990)"
    )

    window: int = Field(8, ge=2, le=256, description="Edge of a window in pixels.")

    def reach(self) -> int:
        """Pixels of one window are related."""
        return self.window - 1

    def compute(self, image: Any, valid: Any | None) -> dict[str, Any]:
        """Return the variance of each image [B, H, W]."""
        import tensorflow as tf

        local = self._window_means(image)
        if valid is None:
            weight = tf.ones_like(local)
        else:
            weight = tf.cast(self._window_means(valid) > 1 - 0.5 / self.window**2, local.dtype)
        count = tf.reduce_sum(weight, [1, 2])
        mean = tf.reduce_sum(weight * local, [1, 2]) / count
        return {"variance": tf.reduce_sum(weight * local**2, [1, 2]) / count - mean**2}

    def _window_means(self, image: Any) -> Any:
        """Mean over the window that starts at each pixel, wrapped around."""
        import tensorflow as tf

        more = self.window - 1
        image = tf.concat([image, image[:, :more]], 1)
        image = tf.concat([image, image[:, :, :more]], 2)
        return tf.nn.avg_pool2d(image[..., None], self.window, 1, "VALID")[..., 0]
