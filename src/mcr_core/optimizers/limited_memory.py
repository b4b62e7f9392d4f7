"""Past steps as a model of the curvature, in the compact form, on the device of the fields."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

#: Voxels that are worked on in float64 at a time; bounds the work space to some 10 MB.
CHUNK = 2**16
#: A pair with a cosine below this says nothing about the curvature but how gradients are rounded.
CURVATURE = 1e-8


def dot(a: Any, b: Any) -> Any:
    """Scalar product of two tensors of one shape, a float64 tensor.

    Rows along the last axis are summed in the precision of the fields, the sums of the rows in
    float64: no copy in float64 is made.
    """
    import tensorflow as tf

    return tf.reduce_sum(tf.cast(tf.reduce_sum(a * b, -1), tf.float64))


class LimitedMemory:
    """The Hessian B that the last pairs of a step s and its change of the gradient y imply.

    B = θ I - W M Wᵀ with W = [Y, θ S], M⁻¹ = [[-D, Lᵀ], [L, θ SᵀS]], D and L the diagonal and the
    lower triangle of SᵀY, θ = yᵀy / sᵀy of the newest pair (Byrd, Lu, Nocedal, Zhu, SIAM J. Sci.
    Comput. 16, 1190 (1995), equations 3.2 to 3.4). S and Y stay on the device in the dtype of the
    fields; what comes to the host are their products, summed in float64.

    Args:
        history: most pairs that are kept.
        size: how many numbers a step has.
        dtype: of the steps.
    """

    def __init__(self, history: int, size: int, dtype: Any) -> None:
        import tensorflow as tf

        self._history = history
        self._bounds = [(low, min(size, low + CHUNK)) for low in range(0, size, CHUNK)]
        # Rows 0 … history - 1 are changes of the gradient, the others are steps.
        self._rows = [
            tf.Variable(tf.zeros([2 * history, high - low], dtype), trainable=False)
            for low, high in self._bounds
        ]
        self._products = np.zeros((2 * history, 2 * history))
        self._slots: list[int] = []  # the oldest first

    def __len__(self) -> int:
        return len(self._slots)

    def forget(self) -> None:
        """Drop all pairs."""
        self._slots = []

    def learn(self, step: Any, change: Any) -> None:
        """Keep a pair, in place of the oldest if there are too many; skip one without curvature.

        Args:
            step: difference of two points, a tensor.
            change: difference of the gradients there.
        """
        import tensorflow as tf

        products = (dot(step, change), dot(step, step), dot(change, change))
        curvature, steps, changes = (float(p) for p in products)
        if not curvature > CURVATURE * np.sqrt(steps * changes):
            return
        full = len(self._slots) == self._history
        slot = self._slots.pop(0) if full else len(self._slots)
        self._slots.append(slot)
        step, change = tf.reshape(step, [-1]), tf.reshape(change, [-1])
        pair = (slot, self._history + slot)
        columns = tf.zeros([2 * self._history, 2], tf.float64)
        for rows, (low, high) in zip(self._rows, self._bounds, strict=True):
            rows[pair[0]].assign(change[low:high])
            rows[pair[1]].assign(step[low:high])
            wide = tf.cast(rows.value(), tf.float64)
            columns += tf.matmul(wide, tf.gather(wide, pair), transpose_b=True)
        self._products[:, pair] = columns.numpy()
        self._products[pair, :] = columns.numpy().T

    def newton(self, gradient: Any, free: Any) -> Any:
        """Return -B_FF⁻¹ g_F, where F are the free voxels, and 0 on the others.

        Args:
            gradient: a tensor.
            free: a tensor of that shape, 1 where a voxel may move, else 0.

        Raises:
            numpy.linalg.LinAlgError: rounding has made the model singular; forget it.
        """
        import tensorflow as tf

        flat, mask = tf.reshape(gradient * free, [-1]), tf.reshape(free, [-1])
        # Matrix products in float64 also where a GPU would round those in float32 to TF32.
        products = tf.zeros([2 * self._history, 2 * self._history + 1], tf.float64)
        for rows, (low, high) in zip(self._rows, self._bounds, strict=True):
            wide = tf.cast(rows.value(), tf.float64)
            right = tf.cast(tf.concat([rows * mask[low:high], flat[None, low:high]], 0), tf.float64)
            products += tf.matmul(wide, right, transpose_b=True)
        theta, weights = self._weights(products.numpy()[:, :-1], products.numpy()[:, -1])
        parts = []
        for rows, (low, high) in zip(self._rows, self._bounds, strict=True):
            wide = tf.cast(rows.value(), tf.float64)
            curved = tf.cast(tf.linalg.matvec(wide, weights, transpose_a=True), flat.dtype)
            parts.append(-mask[low:high] * (flat[low:high] / theta + curved))
        return tf.reshape(tf.concat(parts, 0), gradient.shape)

    def _weights(
        self, inner: npt.NDArray[np.float64], outer: npt.NDArray[np.float64]
    ) -> tuple[float, npt.NDArray[np.float64]]:
        """θ, and the factors of the rows in B_FF⁻¹ g_F - g_F / θ.

        By Sherman, Morrison and Woodbury these are θ⁻² W_F (M⁻¹ - W_Fᵀ W_F / θ)⁻¹ W_Fᵀ g_F.

        Args:
            inner: products of the rows over the free voxels.
            outer: products of the rows with the gradient, there.
        """
        changes = np.array(self._slots)
        steps = changes + self._history
        used, count = np.concatenate([changes, steps]), len(changes)
        newest = changes[-1], steps[-1]
        theta = self._products[newest[0], newest[0]] / self._products[newest]
        mixed = self._products[np.ix_(steps, changes)]
        squares = theta * self._products[np.ix_(steps, steps)]
        curvatures, lower = np.diag(mixed), np.tril(mixed, -1)
        middle = np.block([[-np.diag(curvatures), lower.T], [lower, squares]])
        scale = np.repeat([1.0, theta], count)
        matrix = middle - scale[:, None] * inner[np.ix_(used, used)] * scale / theta
        # Early steps are larger than late ones by orders of magnitude.
        level = 1.0 / np.sqrt(np.concatenate([curvatures, np.diag(squares)]))
        solved = level * np.linalg.solve(
            level[:, None] * matrix * level, level * scale * outer[used]
        )
        weights = np.zeros(2 * self._history)
        weights[used] = scale * solved / theta**2
        return float(theta), weights
