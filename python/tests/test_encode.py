"""Frames of the caller's, and what the laboratory says."""
import numpy as np
import pytest


def test_codes_are_those_of_the_run(trained):
    frames = trained.frames(3)
    assert frames.shape == (3, 12, 12) and frames.dtype == np.float32
    assert np.array_equal(trained.encode(frames, normalise=False), trained.codes())


def test_any_type_and_order_is_taken(trained):
    frames = trained.frames(2).astype(np.float64)
    codes = trained.encode(frames)
    for same in (np.asfortranarray(frames), frames[::-1][::-1], frames.tolist(), np.repeat(frames, 2, axis=0)[::2]):
        assert np.array_equal(trained.encode(same), codes)
    assert np.allclose(trained.encode(1000.0 * frames + 5.0), codes, atol=1e-4)  # normalised as the run's frames are
    whole = np.round(frames * 1000).astype(np.int16)
    assert np.array_equal(trained.encode(whole), trained.encode(whole.astype(np.float32)))


def test_wrong_frames_are_refused(striate, trained):
    for wrong, words in ((np.zeros((2, 12, 11)), r"\(n, 12, 12\)"), (np.zeros((12, 12)), r"got \(12, 12\)"),
                         (np.zeros((0, 12, 12)), "n > 0"), (np.full((1, 12, 12), np.nan), "finite"),
                         (np.zeros((1, 12, 12), complex), "real"), ([["a"]], "real")):
        with pytest.raises(striate.ConfigError, match=words):
            trained.encode(wrong)
    with pytest.raises(striate.ConfigError, match="by"):
        trained.encode(np.zeros((1, 12, 12)), by="magic")


def test_the_optimum_is_below_the_spikes(trained):
    frames = trained.frames(3)
    Phi = trained.fields().reshape(64, -1).astype(float)
    s = frames.reshape(3, -1).astype(float)

    def energy(a):
        return 0.5 * ((s - a @ Phi) ** 2).sum(axis=1) + a @ trained.thresholds()

    spikes, optimum = energy(trained.encode(frames)), energy(trained.encode(frames, by="optimum"))
    assert (optimum <= spikes + 1e-6).all() and (spikes < 1.05 * optimum).all()


def test_an_analysis(trained, command, tmp_path):
    import json
    import math
    analysis = trained.analyze(tmp_path / "tiny.analysis.h5")
    assert analysis.circular_variance.shape == analysis.half_bandwidth.shape == (64,)
    assert analysis.responses.shape == (64, 8, 3, 4) and "orth_pref" in dir(analysis)
    with pytest.raises(AttributeError, match="names"):
        analysis.nothing_of_the_kind
    theirs = json.loads(command("compare", analysis.path, "--json"))
    ours = analysis.compare()
    assert len(ours) == len(theirs["properties"]) > 3
    for one in theirs["properties"]:
        mine = ours[one["reference"]]
        assert mine["citation"] == one["citation"]
        value = one["ks"]["value"]
        assert math.isnan(mine["ks"]["value"]) if value is None else mine["ks"]["value"] == value
