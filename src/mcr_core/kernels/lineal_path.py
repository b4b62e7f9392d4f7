"""Products along lines of pixels, and their gradient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np

from mcr_core.descriptors.bresenham import line, line_ends
from mcr_core.kernels.kernel import Array, Blocks, Kernel, Pullback

#: Pixels that are taken at once, of several small planes: few enough for the fastest cache.
_HELD_PIXELS = 2**13


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
    """`LinealPath(form="exact")` of fields [B, H, W].

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
        self._planes = max(1, _HELD_PIXELS // (self.extent[0] * self._wide))
        self._shares = np.full(self._lines, 1 / (self.extent[0] * self.extent[1]), self.dtype)
        if self.valid is not None:
            (counts,) = self._sums(*self._laid_out(self.valid[None]))
            missing = np.full_like(counts, np.nan)
            self._shares = np.divide(1.0, counts, out=missing, where=counts > 0)
        self._slopes = np.nan_to_num(self._shares)

    def evaluate(self, fields: Array) -> tuple[Blocks, Pullback]:
        """Return `lineal_path` [B, n]; see `Kernel.evaluate`."""
        pieces = [self._laid_out(part) for part in self._parts(np.maximum(fields, 0))]

        def pullback(upstream: Mapping[str, Array]) -> Array:
            return self._pulled(fields, pieces, upstream["lineal_path"])

        sums = np.concatenate([self._sums(*piece) for piece in pieces])
        return {"lineal_path": sums * self._shares}, pullback

    def gradient(self, fields: Array, upstream: Mapping[str, Array]) -> Array:
        """See `Kernel.gradient`: without the products for the blocks."""
        pieces = [self._laid_out(part) for part in self._parts(np.maximum(fields, 0))]
        return self._pulled(fields, pieces, upstream["lineal_path"])

    def _parts(self, fields: Array) -> Iterator[Array]:
        """As many planes as are taken at once, one lot after the other."""
        for first in range(0, len(fields), self._planes):
            yield fields[first : first + self._planes]

    def _pulled(self, fields: Array, pieces: list[tuple[Array, Array]], upstream: Array) -> Array:
        upper = np.broadcast_to(upstream * self._slopes, (len(fields), self._lines))
        found = [
            self._gradient(*piece, part)
            for piece, part in zip(pieces, self._parts(upper), strict=True)
        ]
        slopes = np.concatenate(found)
        slopes[fields < 0] = 0
        return slopes if self.valid is None else slopes * self.valid

    def _laid_out(self, fields: Array) -> tuple[Array, Array]:
        """I(x), flat; and I with what lies around it: its other side, or nothing if it is open."""
        side, (height, width), planes = self._side, self.extent, len(fields)
        image = np.zeros((planes, height, self._wide), self.dtype)
        image[:, :, :width] = fields
        around = np.zeros((planes, height + side + 1, self._wide), self.dtype)
        around[:, :height, side : side + width] = fields
        if self.valid is None:
            around[:, :height, :side] = fields[:, :, width - side :]
            around[:, :height, side + width :] = fields[:, :, :side]
            around[:, height : height + side] = around[:, :side]
        return image.reshape(planes, -1), around.reshape(planes, -1)

    def _sums(self, image: Array, around: Array) -> Array:
        """Sum of the products over all x, of every line, [B, n]."""
        planes, size = image.shape
        sums = np.zeros((planes, self._lines), self.dtype)

        def walk(node: _Node, product: Array) -> None:
            if node.line is not None:
                sums[:, node.line] = product.sum(1)
            for place, following in node.next.items():
                factor = around[:, place : place + size]
                if following.next:
                    walk(following, product * factor)
                else:
                    sums[:, following.line] = np.vecdot(product, factor)

        walk(self._tree, image)
        return sums

    def _gradient(self, image: Array, around: Array, slopes: Array) -> Array:
        """Σ slope · ∂ sum of the line / ∂ pixel; slopes [B, n]."""
        result = np.zeros_like(around)
        scratch = np.empty_like(image)
        planes, size = image.shape

        def walk(node: _Node, product: Array) -> Array:
            """Slopes of what follows the pixels with this product."""
            total = np.zeros((planes, size), self.dtype)
            if node.line is not None:
                total += slopes[:, node.line, None]
            for place, following in node.next.items():
                part = slice(place, place + size)
                after = (
                    walk(following, product * around[:, part])
                    if following.next
                    else slopes[:, following.line, None]
                )
                np.multiply(around[:, part], after, out=scratch)
                total += scratch
                np.multiply(product, after, out=scratch)
                result[:, part] += scratch
            return total

        first = walk(self._tree, image).reshape(planes, -1, self._wide)
        gradient = self._folded(result.reshape(planes, -1, self._wide))
        gradient += first[:, :, : self.extent[1]]
        return gradient

    def _folded(self, around: Array) -> Array:
        """The transpose of `_laid_out`: what fell beside the image, back onto its pixels."""
        side, (height, width) = self._side, self.extent
        if self.valid is not None:
            inside: Array = around[:, :height, side : side + width].copy()
            return inside
        around[:, :side] += around[:, height : height + side]
        result = around[:, :height, side : side + width].copy()
        result[:, :, width - side :] += around[:, :height, :side]
        result[:, :, :side] += around[:, :height, side + width :]
        return result
