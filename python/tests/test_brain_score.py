"""examples/brain_score.py: a trained network as Brain-Score asks models."""
import importlib.util
import pathlib
import sys

import numpy as np
import pytest

import striate

ROOT = pathlib.Path(__file__).resolve().parents[2]
SPEC = importlib.util.spec_from_file_location("brain_score", ROOT / "examples/brain_score.py")
brain_score = importlib.util.module_from_spec(SPEC)
sys.modules["brain_score"] = brain_score
SPEC.loader.exec_module(brain_score)


@pytest.fixture(scope="module")
def run():
    with striate.run(ROOT / "configs/dead_leaves.yaml", set={"learning.batches": 30, "record.every": 0}, progress=False) as run:
        yield run


@pytest.fixture
def model(run):
    model = brain_score.V1Model(run, degrees=2.0, latency=40)
    model.start_recording("V1", [(64, 100), (64, 82)])
    return model


def grating(orientation, side=64, cycles=4):
    y, x = np.mgrid[:side, :side] / side
    angle = np.deg2rad(orientation)
    return 0.5 + 0.5 * np.sin(2 * np.pi * cycles * (x * np.cos(angle) + y * np.sin(angle)))


def test_responses_are_the_codes_of_the_frames(run, model):
    pictures = [grating(0), grating(90), grating(45)]
    responses = model.look_at(pictures)
    assert responses.dims == ("presentation", "neuroid", "time_bin") and responses.values.shape == (3, 400, 2)
    # Means of 4 x 4 pixels, whitened by a filter that is written out here as a sum over a mirrored frame's waves.
    frames = []
    for picture in pictures:
        small = picture.reshape(16, 4, 16, 4).mean(axis=(1, 3))
        small -= small.mean()
        big = np.block([[small, small[:, ::-1]], [small[::-1], small[::-1, ::-1]]])
        y = np.arange(32)
        out = np.zeros((32, 32), complex)
        for j in range(-16, 16):
            for i in range(-16, 16):
                f = np.hypot(i, j) / 32
                wave = np.exp(2j * np.pi * (j * y[:, None] + i * y) / 32)
                out += (big * wave.conj()).sum() / 32**2 * f * np.exp(-(f / 0.4)**4) * wave
        frames.append(out.real[:16, :16])
    expected = run.encode(np.array(frames), set={"presentation.T0": "24 ms", "presentation.T": "60 ms"})
    assert np.abs(responses.values[..., 0] - expected).max() < 1e-4
    assert (expected > 0).any(axis=1).all() and not np.allclose(responses.values[..., 0], responses.values[..., 1])


def test_neurons_tell_orientations(model):
    responses = model.look_at([grating(0), grating(90)]).values[..., 0]
    assert np.corrcoef(responses)[0, 1] < 0.5


def test_coordinates(run, model):
    coords = model.look_at([grating(0)]).coords
    assert coords["neuroid_id"][1][:2] == ["v1.0", "v1.1"] and set(coords["region"][1]) == {"V1"}
    x = np.asarray(coords["x_degrees"][1])
    assert x.min() >= 0 and 1.0 < x.max() <= 2.0  # of a frame of 2 degrees
    assert np.allclose(x * 8, run.read("/network/v1/visual_position")[:, 1])
    assert list(coords["time_bin_start"][1]) == [64, 64] and model.visual_degrees() == 2.0


def test_files_and_stimulus_sets(model, tmp_path):
    image = pytest.importorskip("matplotlib.image")
    image.imsave(tmp_path / "one.png", grating(30), cmap="gray", vmin=0, vmax=1)

    class StimulusSet(dict):
        def get_stimulus(self, one):
            assert one == "a"
            return tmp_path / "one.png"
    from_file = model.look_at([tmp_path / "one.png"])
    from_set = model.look_at(StimulusSet(stimulus_id=["a"]))
    assert np.array_equal(from_file.values, from_set.values) and from_set.coords["stimulus_id"][1] == ["a"]
    assert np.abs(from_file.values - model.look_at([grating(30)]).values).max() < 0.05  # eight bits


def test_what_cannot_be_asked(run, model):
    for target, bins in (("V4", [(70, 170)]), ("V1", []), ("V1", [(10, 60)]), ("V1", [(90, 80)])):
        with pytest.raises(ValueError):
            model.start_recording(target, bins)
    with pytest.raises(ValueError, match="start_recording"):
        brain_score.V1Model(run, degrees=1.0).look_at([grating(0)])
    for pictures in ([], [np.zeros(3)], [np.full((8, 8), np.nan)]):
        with pytest.raises(ValueError):
            model.look_at(pictures)
    with pytest.raises(NotImplementedError):
        model.start_task("probabilities")
