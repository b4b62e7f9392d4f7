"""A small installed package of somebody else, with a plugin."""

from pathlib import Path

DESCRIPTOR = '''
import tensorflow as tf  # at the top, as ours never do
from typing import ClassVar
from pydantic import Field
from mcr_core.descriptors import Descriptor

print("a library that prints when it is imported")


class Roughness(Descriptor):
    """Mean squared difference of neighbours."""

    name: ClassVar[str] = "roughness"
    reference: ClassVar[str] = "Somebody, somewhere"
    steps: int = Field(1, ge=1, le=4, description="Distance in pixels.")

    def reach(self):
        return self.steps

    def compute(self, image, valid):
        import os
        print("a library that prints")
        os.write(1, b"from C, past sys.stdout\\n")
        difference = image - tf.roll(image, -self.steps, 2)
        return {"roughness": tf.reduce_mean(difference**2, [-2, -1])}
'''


def install(folder: Path, name: str, attribute: str, source: str, kind: str = "descriptor") -> str:
    """Put a package with one plugin into a folder; return the name of its module."""
    module = f"fake_{name}"
    (folder / f"{module}.py").write_text(source)
    information = folder / f"{module}-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text(
        f"[mcr_core.{kind}s]\n{name} = {module}:{attribute}\n"
    )
    return module
