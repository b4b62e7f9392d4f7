"""What is loaded when: the command line answers without TensorFlow, the API loads on use."""

import os
import subprocess
import sys

import pytest

import mcr_core

HEAVY = ("tensorflow", "keras", "numpy", "scipy", "skimage", "matplotlib", "h5py", "pydantic")


def python(code):
    """Run code in a fresh interpreter and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "COLUMNS": "250"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def loaded_by(*lines):
    """Exit code, and the heavy packages that command lines in one process load."""
    code = f"""
import contextlib, io, sys
from mcr_core.cli import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    for line in {lines!r}:
        try:
            main(line)
        except SystemExit as end:
            code = end.code
print(code, *(name for name in {HEAVY!r} if name in sys.modules))
"""
    code, *names = python(code).split()
    return int(code), set(names)


def test_help_loads_nothing_heavy():
    from mcr_core.cli.main import _COMMANDS as commands

    lines = [["--help"], ["--version"], [], *([command, "--help"] for command in commands)]
    assert loaded_by(*lines) == (0, set())


def test_bad_input_and_listing_load_no_tensorflow(tmp_path):
    missing = str(tmp_path / "missing.tif")
    code, names = loaded_by(["match", missing, "-o", str(tmp_path / "o.tif")], ["mtch"])
    assert code == 2
    assert not names & {"tensorflow", "keras"}
    code, names = loaded_by(["plugins"])
    assert code == 0
    assert not names & {"tensorflow", "keras", "skimage", "matplotlib"}


def test_listing_and_forms_where_tensorflow_cannot_be_imported():
    print_out = python("""
import sys
sys.modules["tensorflow"] = sys.modules["keras"] = None

import mcr_core as mcr
from mcr_core import descriptors, losses, optimizers, starts
from mcr_core.term import as_terms, parse_term

for package in (descriptors, losses, optimizers, starts):
    registry = package.registry
    for name in registry.names():
        plugin = registry.get(name)
        assert plugin.model_json_schema()["properties"].keys() == plugin.model_fields.keys() or (
            not plugin.model_fields
        )
        assert registry.create(plugin().spec()) == plugin()
assert parse_term("correlations:limit_to=4,weight=2").weight == 2
assert len(as_terms(None)) == 2
mcr.Settings(optimizer="adam")
mcr.Job(source={"kind": "image", "path": "a.tif"})

from mcr_core.cli import main
main(["plugins"])
""")
    for word in ("correlations", "limit_to = 8", "variation", "mse", "adam", "lbfgsb", "Seibert"):
        assert word in print_out


def test_defaults_compute_where_tensorflow_cannot_be_imported(tmp_path):
    code = f"""
import os, sys, numpy as np, tifffile
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.chdir({str(tmp_path)!r})

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("tensorflow", "keras"):
            raise ModuleNotFoundError(name + " is blocked", name=name)

sys.meta_path.insert(0, Blocker())
tifffile.imwrite("a.tif", np.kron(np.arange(36).reshape(6, 6) % 5 < 2, np.ones((4, 4), np.uint8)))
np.save("s2.npy", 0.16 + 0.24 * np.exp(-np.arange(12) / 3))
from mcr_core.cli import main
sys.stderr = sys.stdout
codes = []
for line in (
    "match a.tif -o flat.tif --max-iter 2 --device cpu",
    "match a.tif -o cube.tif --max-iter 2 --limit-to 3 --shape 12 12 12 --symmetry cubic",
    "characterize a.tif -o a.h5",
    "compare a.tif flat.tif",
    "from-arrays s2.npy -o b.h5",
    "reconstruct b.h5 -o b.tif --shape 16 16 --max-iter 2 --device cpu",
    "match a.tif -o path.tif --max-iter 2 --device cpu -d surface_correlations",
):
    try:
        main(line.split())
    except SystemExit as end:
        codes.append(end.code)
print(*codes)
"""
    *_, message, codes = python(code).splitlines()
    assert codes == "0 0 0 0 0 0 3"  # one that needs it, too: the blocker blocks
    assert message == "mcr: error: the package tensorflow is not installed: pip install tensorflow"
    written = ["a.h5", "b.h5", "b.tif", "cube.tif", "flat.tif"]
    assert all((tmp_path / name).exists() for name in written)


def test_a_run_says_that_tensorflow_is_missing(tmp_path):
    code = f"""
import sys, numpy as np, tifffile
sys.modules["tensorflow"] = None
tifffile.imwrite({str(tmp_path / "a.tif")!r}, np.eye(24, dtype=np.uint8))
from mcr_core.cli import main
sys.stderr = sys.stdout
try:
    main(["match", {str(tmp_path / "a.tif")!r}, "-o", {str(tmp_path / "o.tif")!r},
          "-d", "surface_correlations"])
except SystemExit as end:
    print(end.code)
"""
    *_, message, code = python(code).splitlines()
    assert message == "mcr: error: the package tensorflow is not installed: pip install tensorflow"
    assert code == "3"
    assert not (tmp_path / "o.tif").exists()


def test_every_public_name_resolves():
    assert set(mcr_core.__all__) <= set(dir(mcr_core))
    for name in mcr_core.__all__:
        assert getattr(mcr_core, name) is not None
    assert sorted(mcr_core.__all__) == mcr_core.__all__
    with pytest.raises(AttributeError, match="module 'mcr_core' has no attribute 'recostruct'"):
        mcr_core.recostruct  # noqa: B018


def test_importing_the_package_is_light():
    assert python(f"import sys, mcr_core; print([n for n in {HEAVY!r} if n in sys.modules])") == (
        "[]\n"
    )


def test_a_tiff_loads_no_library_of_other_formats(tmp_path):
    code = f"""
import sys, numpy as np, tifffile, mcr_core
file = {str(tmp_path / "a.tif")!r}
tifffile.imwrite(file, np.eye(24, dtype=np.uint8))
mcr_core.read(file)
print([name for name in ("PIL", "h5py", "scipy", "skimage") if name in sys.modules])
"""
    assert python(code) == "[]\n"


def test_the_command_line_looks_for_no_plugins_of_pydantic():
    code = """
import os
from mcr_core.cli import main
try:
    main(["--version"])
except SystemExit:
    print(os.environ["PYDANTIC_DISABLE_PLUGINS"])
"""
    assert python(code).splitlines()[-1] == "__all__"


def test_plugins_are_loaded_on_first_use():
    code = """
import sys
import mcr_core as mcr
mcr.Term(descriptor=mcr.descriptors.Variation())
mcr.Settings()
print([name for name in ("descriptors.gram_matrices", "descriptors.minkowski",
                         "optimizers.keras_family", "optimizers.tnc")
       if f"mcr_core.{name}" in sys.modules])
from mcr_core.descriptors import *
print(GramMatrices.name)
"""
    assert python(code) == "[]\ngram_matrices\n"
