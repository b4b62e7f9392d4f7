"""Products along lines of pixels, and their gradient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np

from mcr_core.descriptors.bresenham import line, line_ends
from mcr_core.kernels.kernel import Array, Blocks, Kernel, Pullback


@dataclass
class _Node:
    """A pixel that lines have in common, after the same pixels before it."""

    #: Place of I(x + c) for the first x, in the flat surroundings of an image.
    place: int
    #: Which line ends here.
    line: int | None = None
    next: dict[int, _Node] = field(default_factory=dict)


@final
class LinealPathKernel(Kernel):
    """`LinealPath(form="exact")` of fields [B, H, W], one after the other.

    Lines that begin alike share the products of their first pixels: the pixels c of all lines are
    a tree, that is walked from pixel to pixel with the product P of the pixels before. On the way
    back, a pixel c gets the slope A P at x + c, where A is the sum of g for a line that ends
    there, and of A I(x + c) over the pixels that follow.

    Images lie flat, in rows that are longer than W by 2 (L − 1): I(x + c) for all x is then a part
    without gaps. The places behind each row are 0 as x, and so are their products.
    """

    def prepare(self, descriptor: Any) -> None:
        """See `Kernel.prepare`."""
        self._side = descriptor.limit_to - 1
        self._wide = self.extent[1] + 2 * self._side
        ends = line_ends(descriptor.limit_to, descriptor.directions)
        self._lines = len(ends)
        self._tree = _Node(self._side)
        for number, (dy, dx) in enumerate(ends.tolist()):
            node = self._tree
            for y, x, _ in line(dy, dx)[1:]:
                place = y * self._wide + x + self._side
                node = node.next.setdefault(place, _Node(place))
            node.line = number
        self._shares = np.full(self._lines, 1 / (self.extent[0] * self.extent[1]), self.dtype)
        if self.valid is not None:
            counts = self._sums(*self._laid_out(self.valid))
            missing = np.full_like(counts, np.nan)
            self._shares = np.divide(1.0, counts, out=missing, where=counts > 0)
        self._slopes = np.nan_to_num(self._shares)

    def evaluate(self, fields: Array) -> tuple[Blocks, Pullback]:
        """Return `lineal_path` [B, n]; see `Kernel.evaluate`."""
        laid_out = [self._laid_out(field) for field in np.maximum(fields, 0)]

        def pullback(upstream: Mapping[str, Array]) -> Array:
            upper = upstream["lineal_path"] * self._slopes
            slopes = np.stack(
                [self._gradient(*images, row) for images, row in zip(laid_out, upper, strict=True)]
            )
            slopes[fields < 0] = 0
            return slopes if self.valid is None else slopes * self.valid

        sums = np.stack([self._sums(*images) for images in laid_out])
        return {"lineal_path": sums * self._shares}, pullback

    def _laid_out(self, field: Array) -> tuple[Array, Array]:
        """I(x), flat; and I with what lies around it: its other side, or nothing if it is open."""
        side, (height, width) = self._side, self.extent
        image = np.zeros((height, self._wide), self.dtype)
        image[:, :width] = field
        around = np.zeros((height + side + 1, self._wide), self.dtype)
        around[:height, side : side + width] = field
        if self.valid is None:
            around[:height, :side] = field[:, width - side :]
            around[:height, side + width :] = field[:, :side]
            around[height : height + side] = around[:side]
        return image.ravel(), around.ravel()

    def _sums(self, image: Array, around: Array) -> Array:
        """Sum of the products over all x, of every line."""
        sums = np.zeros(self._lines, self.dtype)

        def walk(node: _Node, product: Array) -> None:
            if node.line is not None:
                sums[node.line] = product.sum()
            for place, following in node.next.items():
                factor = around[place : place + image.size]
                if following.next:
                    walk(following, product * factor)
                else:
                    sums[following.line] = np.vdot(product, factor)

        walk(self._tree, image)
        return sums

    def _gradient(self, image: Array, around: Array, slopes: Array) -> Array:
        """Σ slope · ∂ sum of the line / ∂ pixel."""
        result = np.zeros_like(around)
        scratch = np.empty_like(image)
        size = image.size

        def walk(node: _Node, product: Array) -> Array:
            """Slopes of what follows the pixels with this product."""
            own = 0 if node.line is None else slopes[node.line]
            total = np.full(size, own, self.dtype)
            for place, following in node.next.items():
                part = slice(place, place + size)
                after: Any
                if following.next:
                    after = walk(following, product * around[part])
                else:
                    after = slopes[following.line]
                np.multiply(around[part], after, out=scratch)
                total += scratch
                np.multiply(product, after, out=scratch)
                result[part] += scratch
            return total

        first = walk(self._tree, image).reshape(-1, self._wide)
        gradient = self._folded(result.reshape(-1, self._wide))
        gradient += first[:, : self.extent[1]]
        return gradient

    def _folded(self, around: Array) -> Array:
        """The transpose of `_laid_out`: what fell beside the image, back onto its pixels."""
        side, (height, width) = self._side, self.extent
        if self.valid is not None:
            inside: Array = around[:height, side : side + width]
            return inside
        around[:side] += around[height : height + side]
        result = around[:height, side : side + width].copy()
        result[:, width - side :] += around[:height, :side]
        result[:, :side] += around[:height, side + width :]
        return result
