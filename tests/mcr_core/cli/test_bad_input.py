"""Bad input gets one line that helps, exit code 2, and leaves nothing behind."""

import os
import re
import shlex
import subprocess
import sys

import pytest

MATCH = "match slice.tif -o o.tif"

#: Command line, and what its one line says.
TABLE = [
    # files
    ("match missing.tif -o o.tif", r"missing\.tif: no such file"),
    ("match folder.tif -o o.tif", r"folder\.tif: expected an image file, this is a folder"),
    ("match truncated.tif -o o.tif", r"truncated\.tif: expected an intact TIFF .*truncated.*again"),
    ("match half.tif -o o.tif", r"half\.tif: expected an intact TIFF file, .* truncated"),
    ("match empty.tif -o o.tif", r"empty\.tif: expected a TIFF file, it is empty"),
    ("match text.tif -o o.tif", r"text\.tif: expected a TIFF file after its suffix, found other"),
    ("match image.jpg -o o.tif", r"image\.jpg: expected \.tif, .*, got \.jpg: save it as TIFF"),
    ("match png.tif -o o.tif", r"png\.tif: .* found a PNG file: rename it"),
    ("match frozen.h5 -o o.tif", r"frozen\.h5: expected an image, .*characterization"),
    (
        "match huge.tif -o o.tif",
        r"huge\.tif: .* 10000000000000 uint8 voxels needs .*this machine has",
    ),
    ("characterize missing.tif -o o.h5", r"missing\.tif: no such file"),
    # images that are no phases
    ("match grey.tif -o o.tif", r"grey\.tif: .* 480 distinct .*--threshold otsu or .* NUMBER"),
    ("match rgb.tif -o o.tif", r"rgb\.tif: expected one value per pixel, got a colour image"),
    ("match rgb.png -o o.tif", r"rgb\.png: expected one value per pixel, got a PNG of mode RGB"),
    ("match one.tif -o o.tif", r"expected at least two phases, found only 'phase 1'"),
    ("match nan.npy -o o.tif", r"nan\.npy: expected phase values, found NaN or infinity: mask or"),
    ("match 17.tif -o o.tif", r"17\.tif: expected at most 16 phases, found 17 distinct integer"),
    ("match line.npy -o o.tif", r"line\.npy: expected one array of 2 or 3 dimensions"),
    ("match four.npy -o o.tif", r"four\.npy: expected a 2D image or a 3D volume, got 4 dimensions"),
    ("match objects.npy -o o.tif", r"objects\.npy: expected an intact NumPy file"),
    ("match channels.tif -o o.tif", r"channels\.tif: expected one channel, got 2: .*--channel N"),
    ("match channels.tif -o o.tif --channel 2", r"expected a channel from 0 to 1, got 2"),
    (f"{MATCH} --frame 1", r"expected a frame from 0 to 0, got 1"),
    (f"{MATCH} --plane 1", r"expected a volume to take plane 1 from, got 2D"),
    ("match volume.tif -o o.tif --plane 16", r"expected a plane from 0 to 15, got 16"),
    (f"{MATCH} --threshold 7", r"the threshold 7 leaves one phase only, .* 0 to 1: choose one"),
    (f"{MATCH} --threshold ots", r"--threshold: expected otsu, multiotsu:3, .*, got 'ots'"),
    (
        f"{MATCH} --mask small_mask.tif",
        r"mask has shape \(20, 20\), the image \(24, 20\): .* equal",
    ),
    (f"{MATCH} --mask all_masked.tif", r"every voxel is masked: the mask must be non-zero where"),
    (f"{MATCH} --mask missing.tif", r"missing\.tif: no such file"),
    (f"{MATCH} --ignore x", r"'--ignore': 'x' is not a valid float"),
    (f"{MATCH} --ignore nan", r"ignore: expected a finite number, got nan"),
    (f"{MATCH} --ignore 1", r"expected at least two phases, found only 'phase 0'"),
    # voxel sizes
    (f"{MATCH} --voxel-size 0", r"voxel size must be finite and greater than 0, got 0"),
    (f"{MATCH} --voxel-size -0.5", r"voxel size must be finite and greater than 0, got -0\.5"),
    (f"{MATCH} --voxel-size nan", r"voxel size must be finite and greater than 0, got nan"),
    (f"{MATCH} --voxel-size 1 2 3", r"a 2D image takes 1 or 2 voxel sizes \(Y X\), got 3"),
    (f"{MATCH} --voxel-size big", r"'--voxel-size': expected numbers, got 'big'"),
    (f"{MATCH} --voxel-size", r"Option '--voxel-size' requires an argument"),
    (f"{MATCH} --unit inch", r"unknown unit 'inch': use one of pixel, nm, um, mm, m"),
    (
        f"{MATCH} --voxel-size 1 2 --add-dimension 24",
        r"planes of three axes need pixels of equal edges, these have 1 x 2: resample the image",
    ),
    # shapes
    (
        f"{MATCH} --shape 64 64 64 64",
        r"expected a shape of 2 \(Y X\) or 3 \(Z Y X\) numbers, got 4",
    ),
    (f"{MATCH} --shape 64", r"expected a shape of 2 \(Y X\) or 3 \(Z Y X\) numbers, got 1"),
    (f"{MATCH} --shape -1 3 3", r"expected a shape of numbers greater than 0, got \(-1, 3, 3\)"),
    (f"{MATCH} --shape 0,3,3", r"expected a shape of numbers greater than 0, got \(0, 3, 3\)"),
    (f"{MATCH} --shape 1.5 3 3", r"'--shape': expected integers, got '1\.5 3 3'"),
    (f"{MATCH} --shape 64x64", r"'--shape': expected integers, got '64x64'"),
    (f"{MATCH} --shape", r"Option '--shape' requires an argument"),
    (f"{MATCH} --shape {'9' * 400} 3", r"expected a shape of numbers below 2147483648"),
    (f"{MATCH} --add-dimension 0", r"--add-dimension: expected 1 or more planes, got 0"),
    (f"{MATCH} --add-dimension -2", r"--add-dimension: expected 1 or more planes, got -2"),
    (f"{MATCH} --add-dimension 1.5", r"'--add-dimension': '1\.5' is not a valid integer"),
    (f"{MATCH} --add-dimension 9 --shape 9 9 9", r"give --shape or --add-dimension, not both"),
    (
        "match volume.tif -o o.tif --limit-to 4 --add-dimension 16",
        r"a dimension can be added to a 2D image only, this one is 3D: give the full shape",
    ),
    (
        "match volume.tif -o o.tif --limit-to 4 --shape 16 16",
        r"a volume's characterization has statistics per axis: ask for a 3D shape",
    ),
    # limits
    (
        f"{MATCH} --limit-to 12",
        r"correlations needs planes of at least 23 pixels, the xy planes of the image have "
        r"24 x 20: choose a larger one or a smaller limit_to",
    ),
    (
        f"{MATCH} --limit-to 4 --shape 24 6",
        r"correlations needs planes of at least 7 pixels, the xy planes of the result have 24 x 6",
    ),
    (
        "match tiny.tif -o o.tif -d correlations",
        r"at least 15 pixels, the xy planes of the image have 6 x 6",
    ),
    ("characterize tiny.tif -o o.h5", r"at least 15 pixels, the xy planes of the image have 6 x 6"),
    (f"{MATCH} --limit-to 1", r"limit_to: expected greater than or equal to 2, got 1"),
    (f"{MATCH} --limit-to 65", r"limit_to: expected less than or equal to 64, got 65"),
    # names and options
    (f"{MATCH} -d corelations", r"unknown descriptor 'corelations': did you mean 'correlations'\?"),
    (f"{MATCH} -d correlations:limt_to=4", r"no option 'limt_to': did you mean 'limit_to'\?"),
    (f"{MATCH} -d correlations:limit_to=x", r"limit_to: expected a valid integer.*, got 'x'"),
    (f"{MATCH} -d correlations:form=sot", r"form: expected 'exact' or 'soft', got 'sot'"),
    (f"{MATCH} -d correlations:limit_to", r"expected NAME:option=value,option=value, got"),
    (f"{MATCH} -d variation:weight=-1", r"weight: expected greater than 0, got -1"),
    (f"{MATCH} -d variation:weight=nan", r"weight: expected a finite number, got nan"),
    (f"{MATCH} -d variation:level_weights=-1", r"expected weights of 0 or more, got \(-1\.0,\)"),
    (f"{MATCH} -d variation:axis_weights=1/2", r"axis_weights: expected more values, got \(1, 2\)"),
    (f"{MATCH} -d ''", r"expected NAME\[:option=value\], got ''"),
    (f"{MATCH} -d variation -d variation", r"'variation' is given twice .*: give it once, with a"),
    (
        f"{MATCH} --limit-to 4 -d correlations -d correlations:limit_to=4",
        r"'correlations' is given twice with the same options: give it once",
    ),
    (f"{MATCH} --loss mes", r"unknown loss 'mes': did you mean 'mse'\?"),
    (f"{MATCH} --optimizer adm", r"unknown optimizer 'adm': did you mean 'adam'\?"),
    (
        f"{MATCH} --optimizer adam:learn_rate=1",
        r"adam has no option 'learn_rate': did you mean 'learning_rate",
    ),
    (f"{MATCH} --optimizer adam:learning_rate=-1", r"learning_rate: expected greater than 0, got"),
    (f"{MATCH} --seed -1", r"seed: expected greater than or equal to 0, got -1"),
    (f"{MATCH} --seed x", r"'--seed': 'x' is not a valid integer"),
    (f"{MATCH} --max-iter -1", r"max_iter: expected greater than or equal to 0, got -1"),
    (f"{MATCH} --realizations 0", r"'--realizations': 0 is not in the range x>=1"),
    (f"{MATCH} --start nois", "unknown start 'nois': did you mean 'noise'"),
    (f"{MATCH} --device tpu", r"'--device': 'tpu' is not one of 'auto', 'cpu', 'gpu'"),
    (f"{MATCH} --overwrit", r"No such option '?--overwrit'?.*--overwrite"),
    ("mtch slice.tif -o o.tif", r"unknown command 'mtch': did you mean 'match'\?"),
    ("--vrsion", r"No such option '?--vrsion"),
    ("match -o o.tif", r"give an IMAGE, or images of planes by --xy, --xz and --yz"),
    ("match slice.tif", r"Missing option '-o'"),
    ("match slice.tif three.tif -o o.tif", r"unexpected extra argument \(three\.tif\)"),
    ("plugins corelations", r"unknown plugin 'corelations': did you mean 'correlations'\?"),
    # outputs
    ("match slice.tif -o nowhere/o.tif", r"the folder .*nowhere does not exist: create it first"),
    ("match slice.tif -o folder.tif", r"folder\.tif: expected a file name, this is a folder"),
    ("match slice.tif -o folder.tif --overwrite", r"expected a file name, this is a folder"),
    ("match slice.tif -o o.jpg", r"o\.jpg: expected a name that ends in \.tif .*, got '\.jpg'"),
    ("match slice.tif -o o", r"o: expected a name that ends in .*, got 'no suffix'"),
    (
        "characterize slice.tif -o o.tif",
        r"expected a name that ends in \.h5 or \.hdf5, got '\.tif'",
    ),
    ("characterize slice.tif -o nowhere/o.h5", r"the folder .*nowhere does not exist"),
    ("characterize slice.tif -o frozen.h5", r"frozen\.h5 exists: use --overwrite"),
    ("match slice.tif -o exists.tif", r"exists\.tif exists: use --overwrite"),
    ("match slice.tif -o slice.tif", r"slice\.tif is the input itself: choose another output"),
    ("match slice.tif -o slice.tif --overwrite", r"slice\.tif is the input itself"),
    ("match slice.tif -o ./folder.tif/../slice.tif --overwrite", r"is the input itself"),
    (
        "match slice.tif -o other.tif --mask other.tif --overwrite",
        r"other\.tif is the input itself",
    ),
    ("match slice.tif -o other.tif --initial other.tif --overwrite", r"other\.tif is the input"),
    ("match o_001.tif -o o.tif --realizations 2 --overwrite", r"o_001\.tif is the input itself"),
    ("match slice.tif -o exists --realizations 2", r"expected a name that ends in"),
    # starts
    (f"{MATCH} --initial volume.tif", r"start has shape \(16, 16, 16\), the result \(24, 20\)"),
    (
        f"{MATCH} --initial three.tif --limit-to 4",
        r"expected a start with 2 phases, got one with 3",
    ),
    (f"{MATCH} --initial missing.tif", r"missing\.tif: no such file"),
    # memory
    (f"{MATCH} --memory much", r"expected a memory size such as 8GB or 500MB, got 'much'"),
    (
        f"{MATCH} --memory 4GB --shape 400 400 400",
        r"shape \(400, 400, 400\) needs about .* GB, --memory .* allows 4 GB: choose a smaller",
    ),
    (f"{MATCH} --memory 100", r"allows 100 bytes: allow more"),
    (f"{MATCH} --iterations 3", r"No such option '?--iterations.*--max-iter"),
    (f"{MATCH} -d correlations,variation", r"every descriptor has a -d of its own"),
    (
        f"{MATCH} -d correlations:limit_to=3,level_weights=1",
        r"correlations has 3 levels here: expected as many level_weights, got 1",
    ),
    (
        f"{MATCH} --memory 1MB",
        r"needs about \d+ MB, .* allows 1 MB: allow more, the program alone takes 130 MB",
    ),
    (
        f"{MATCH} --shape 4000 4000 4000",
        r"shape \(4000, 4000, 4000\) needs about \d+ TB, this machine has .*: choose a smaller",
    ),
    # characterizations
    ("reconstruct missing.h5 -o o.tif --shape 8 8", r"missing\.h5: no such file"),
    (
        "reconstruct folder.tif -o o.tif --shape 8 8",
        r"folder\.tif: (cannot be read|expected a file)",
    ),
    ("reconstruct slice.tif -o o.tif --shape 8 8", r"slice\.tif: expected a characterization"),
    ("reconstruct text.h5 -o o.tif --shape 8 8", r"text\.h5: expected a characterization \(\.h5\)"),
    ("reconstruct truncated.h5 -o o.tif --shape 8 8", r"truncated or damaged \(.*\): characterize"),
    ("reconstruct newer.h5 -o o.tif --shape 8 8", r"newer\.h5: format version 2 is newer"),
    ("reconstruct nan.h5 -o o.tif --shape 8 8", r"nan\.h5: .*s2 holds NaN or infinity"),
    (
        "reconstruct plugin.h5 -o o.tif --shape 8 8",
        r"plugin\.h5 was made with the descriptor 'minkowski_tensor', which is not installed here: "
        "install the package",
    ),
    ("reconstruct frozen.h5 -o o.tif --shape 2 2", r"correlations needs planes of at least 3 pix"),
    ("reconstruct frozen.h5 -o frozen.h5 --shape 8 8", r"frozen\.h5 is the input itself"),
    ("reconstruct frozen.h5 -o o.tif --weight variation", r"--weight: expected NAME=VALUE, got"),
    (
        "reconstruct frozen.h5 -o o.tif --weight variatoin=1",
        r"weight: the target has no 'variatoin': did you mean 'variation'\?",
    ),
    ("reconstruct frozen.h5 -o o.tif --weight variation=x", r"weight: expected a valid number"),
    # several images, planes and arrays
    ("characterize -o o.h5", r"Missing argument 'IMAGE\.\.\.'"),
    ("characterize slice.tif volume.tif -o o.h5", r"image 1 is 3D: to take the pages .* --stack"),
    ("characterize slice.tif other.tif -o o.h5 --pool", r"pool is for one volume: several images"),
    (
        "characterize slice.tif -o o.h5 -d variation:weight=2",
        r"weight of variation: statistics hav",
    ),
    (
        "compare slice.tif other.tif -d variation:weight=2",
        r"weight of variation: statistics have no",
    ),
    ("from-arrays line.npy -o o.h5 -d two_point:weight=2", r"weight of two_point: statistics have"),
    ("characterize slice.tif -o o.h5 --pool", r"expected a volume to pool .*, got a 2D image"),
    ("characterize slice.tif -o o.h5 --lag-zero corner", r"No such option '?--lag-zero"),
    (
        "characterize slice.tif three.tif -o o.h5",
        r"image 1 has the values 0, 1, 3, the first 0, 1: name all of them",
    ),
    (
        "characterize slice.tif tiny.tif -o o.h5",
        r"at least 15 pixels, the xy planes of the image have 6 x 6",
    ),
    (
        "characterize volume.tif -o o.h5 --stack images --plane 1",
        r"plane takes one image, stack=images takes all: leave one out",
    ),
    ("characterize volume.tif -o o.h5 --stack images --pool", r"pool is for one volume: several"),
    ("characterize volume.tif -o o.h5 --stack image", r"'image' is not 'images'"),
    ("from-arrays no.npy -o o.h5", r"no\.npy: no such file"),
    ("from-arrays slice.tif -o o.h5", r"expected \.npy or \.npz, got '\.tif'"),
    (
        "from-arrays objects.npy -o o.h5",
        r"objects\.npy: expected arrays that numpy\.save or numpy\.savez wrote: .*pickle",
    ),
    ("from-arrays text.npz -o o.h5", r"text\.npz: expected arrays that numpy"),
    ("from-arrays nan.npy -o o.h5", r"s2: expected probabilities from 0 to 1"),
    (
        "from-arrays line.npy -o o.h5 --phase-fractions 0.5 0.6",
        r"phase_fractions: expected shares that sum to 1, got 0\.5, 0\.6",
    ),
    ("from-arrays line.npy -o o.h5 --mask slice.tif", r"No such option '?--mask"),
    ("from-arrays line.npy -o o.h5 --limit-to 3", r"No such option '?--limit-to"),
    ("from-arrays line.npy -o line.npy", r"line\.npy is the input itself"),
    ("match slice.tif --xy slice.tif -o o.tif", r"give an IMAGE, or images of planes by --xy"),
    ("match slice.tif --force -o o.tif", r"--force is for images of several planes, this is one"),
    ("match slice.tif --pool -o o.tif", r"expected a volume to pool the directions of, got a 2D"),
    ("match --xy slice.tif -o o.tif", r"images of 2 or 3 orthogonal planes \(xy, xz, yz\), got xy"),
    (
        "match --xy slice.tif --xz other.tif -o o.tif",
        r"the plane yz is missing: say which one it is like, .* → --yz as:xy or --yz as:xz",
    ),
    (
        "match --xy slice.tif --xz other.tif --yz as:zx -o o.tif",
        r"yz: expected as:xy or as:xz, got 'as:zx'",
    ),
    (
        "match --xy slice.tif --xz other.tif --yz as:xz --mask slice.tif -o o.tif",
        r"--mask is for one image, these are several planes",
    ),
    (
        "match --xy slice.tif --xz other.tif --yz as:xz --voxel-size 1 2 -o o.tif",
        r"expected 1 or 3 voxel sizes \(Z Y X\) of planes, got 2",
    ),
    (
        "match --xy slice.tif --xz three.tif --yz as:xz -o o.tif --limit-to 4",
        r"expected the same phases, got those of the values 0, 1 and 0, 1, 3",
    ),
    (
        "match --xy slice.tif --xz volume.tif --yz as:xy -o o.tif",
        r"xz: expected a 2D microstructure, got a 3D one",
    ),
    (
        "match --xy slice.tif --xz tiny.tif --yz as:xy -o o.tif -d correlations",
        r"xz: correlations needs planes of at least 15 pixels",
    ),
    (
        "match --xy slice.tif --xz other.tif --yz as:xz -o other.tif --overwrite",
        r"other\.tif is the input itself",
    ),
    (
        "match --xy slice.tif --xz other.tif --yz as:xz --add-dimension 9 -o o.tif --limit-to 4",
        r"a dimension can be added to a 2D image only",
    ),
    ("merge --xy frozen.h5 -o o.h5", r"expected images of 2 or 3 orthogonal planes .*, got xy"),
    ("merge --xy frozen.h5 --xz no.h5 --yz as:xy -o o.h5", r"no\.h5: no such file"),
    ("merge --xy frozen.h5 --xz slice.tif --yz as:xy -o o.h5", r"slice\.tif: expected a charact"),
    ("merge --xy frozen.h5 --xz frozen.h5 -o frozen.h5", r"frozen\.h5 is the input itself"),
    ("merge --xy frozen.h5 --xz frozen.h5 -o o.tif", r"expected a name that ends in \.h5"),
    ("interpolate frozen.h5 -o o.h5 --steps 3", r"expected two or more characterizations, got 1"),
    ("interpolate frozen.h5 no.h5 -o o.h5", r"give steps or weights, one of them"),
    ("interpolate frozen.h5 no.h5 -o o.h5 --steps 1", r"expected 2 steps or more, both ends inc"),
    ("interpolate frozen.h5 no.h5 -o o.h5 --steps 3", r"no\.h5: no such file"),
    (
        "interpolate frozen.h5 no.h5 -o o.h5 --weights 0.5 0.6",
        r"expected weights that sum to 1, got 0\.5, 0\.6 \(sum 1\.1\)",
    ),
    ("interpolate frozen.h5 no.h5 -o o.h5 --weights x", r"'--weights': expected numbers, got 'x'"),
    ("interpolate frozen.h5 no.h5 -o o.tif --steps 2", r"expected a name that ends in \.h5"),
    # jobs
    ("run lost.json", r"missing\.tif: no such file"),
    ("run nothing.json", r"nothing\.json: no such file"),
    ("run folder.tif", r"folder\.tif: expected a \.json job or a result of mcr, this is a folder"),
    ("run broken.json", r"broken\.json: expected a job as JSON: Expecting property name"),
    ("run list.json", r"list\.json: expected a job as a JSON object, got list"),
    ("run empty.json", r"empty\.json: job needs the option 'source'"),
    ("run unknown.json", r"unknown\.json: job has no option 'shpae': did you mean 'shape'\?"),
    ("run newer.json", r"newer\.json: the job has format version 2, this software reads 1: update"),
    ("run output.json", r"slice\.tif is the input itself"),
    ("run slice.tif", r"slice\.tif carries no job: expected a result of mcr or a \.json file"),
    ("run image.jpg", r"image\.jpg: expected \.tif"),
]


def contents(folder):
    return {
        path: path.read_bytes() if path.is_file() else None for path in sorted(folder.rglob("*"))
    }


@pytest.mark.parametrize(("line", "message"), TABLE, ids=[line[:60] for line, _ in TABLE])
def test_one_line(mcr, bad_folder, monkeypatch, line, message):
    monkeypatch.chdir(bad_folder)
    before = contents(bad_folder)
    outcome = mcr(*shlex.split(line))
    assert outcome.code == 2, outcome
    assert outcome.out == ""
    assert re.fullmatch(rf"mcr: error: .*{message}.*\n", outcome.err), outcome.err
    assert contents(bad_folder) == before


def test_the_table_is_not_empty():
    assert len(TABLE) > 100
    assert len({line for line, _ in TABLE}) == len(TABLE)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("match grey.tif -o o.tif", "--threshold otsu"),
        ("match slice.tif -o o.tif --shape 4000 4000 4000", "this machine has"),
        ("reconstruct truncated.h5 -o o.tif --shape 8 8", "characterize again"),
        ("run broken.json", "expected a job as JSON"),
    ],
)
def test_one_line_of_a_real_process(bad_folder, line, message):
    before = contents(bad_folder)
    done = subprocess.run(
        [sys.executable, "-c", "from mcr_core.cli import main; main()", *shlex.split(line)],
        cwd=bad_folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    (only,) = done.stderr.splitlines()
    assert only.startswith("mcr: error: ")
    assert message in only
    assert contents(bad_folder) == before


def test_no_gpu(mcr, folder):
    outcome = mcr("match", "slice.tif", "-o", "o.tif", "--limit-to", 3, "--device", "gpu")
    assert outcome.code == 2
    assert outcome.err.splitlines()[-1] == (
        "mcr: error: no GPU is visible to TensorFlow: use --device cpu, or install "
        "napari-mcr[gpu] on a machine with an NVIDIA GPU"
    )
    assert os.listdir(folder) == ["slice.tif"]


def test_no_command_shows_help(mcr):
    outcome = mcr()
    assert outcome.code == 2
    assert "Usage: mcr [OPTIONS] COMMAND" in outcome.err
    assert "reconstruct" in outcome.err


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may do all")
def test_no_permission(mcr, folder):
    (folder / "slice.tif").chmod(0)
    assert "cannot be read: Permission denied" in mcr("match", "slice.tif", "-o", "o.tif").err
    folder.chmod(0o500)
    outcome = mcr("match", "slice.tif", "-o", "o.tif")
    folder.chmod(0o700)
    assert "no permission to write into the folder" in outcome.err


def test_no_permission_as_the_system_says_it(mcr, folder, monkeypatch):
    """The same for root, who may do all: the system's answer is replaced."""
    monkeypatch.setattr("mcr_core.images.atomic.os.access", lambda path, mode: False)
    outcome = mcr("match", "slice.tif", "-o", "o.tif")
    assert outcome.code == 2
    assert "no permission to write into the folder" in outcome.err


class _Boom(Exception):
    pass


def test_what_nobody_expected_is_one_line_and_a_file(mcr, folder, monkeypatch):
    def fail(self):
        raise _Boom("two\nlines")

    monkeypatch.setattr("tempfile.tempdir", str(folder))
    monkeypatch.setattr("mcr_core.job.Job.resolved", fail)
    outcome = mcr("match", "slice.tif", "-o", "o.tif")
    assert outcome.code == 3
    (line,) = outcome.err.splitlines()
    assert line.startswith("mcr: error: the run failed, and not by your input: _Boom: two lines: ")
    (kept,) = folder.glob("mcr-traceback-*.txt")
    assert str(kept) in line
    assert "in fail" in kept.read_text()


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (MemoryError(), "out of memory: choose a smaller shape"),
        (
            type("ResourceExhaustedError", (Exception,), {})("OOM"),
            "out of memory: choose a smaller",
        ),
    ],
)
def test_out_of_memory(mcr, folder, monkeypatch, error, message):
    def fail(self):
        raise error

    monkeypatch.setattr("mcr_core.job.Job.start", fail)
    outcome = mcr("match", "slice.tif", "-o", "o.tif")
    assert outcome.code == 3
    assert outcome.err.startswith(f"mcr: error: {message}")
    assert os.listdir(folder) == ["slice.tif"]
