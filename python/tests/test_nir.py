"""NIR: its layout, and what others make of the graph."""
import numpy as np
import pytest

pytest.importorskip("h5py")


def codes_of(graph, frames, dt_in_tau, T=0.054, T0=0.024, subtracts=False):
    q_d = graph.fires["v_threshold"]
    tau = graph.leaks["tau"][0]
    d = (graph.feed ** 2).sum(axis=1)
    return np.maximum(q_d / d * graph.rates(frames, T, T0, dt_in_tau * tau, subtracts), 0)


def test_a_clocked_reader_of_the_graph_comes_to_the_codes(trained, tmp_path, capsys):
    from nir_reader import Clocked
    frames = trained.frames(20)
    trained.export_nir(tmp_path / "tiny.nir")
    graph = Clocked(tmp_path / "tiny.nir")
    s, Phi, lam = frames.reshape(20, -1).astype(float), graph.feed, -graph.leaks["v_leak"]
    assert np.array_equal(Phi.astype(np.float32), trained.fields().reshape(64, -1))
    assert np.array_equal(lam, trained.thresholds())

    def energy(a):
        return 0.5 * ((s - a @ Phi) ** 2).sum(axis=1) + a @ lam
    least = energy(trained.encode(frames, by="optimum").astype(float))

    def relE(a):
        return float(np.median(energy(a) / least - 1))
    ours = trained.encode(frames, set={"presentation.T": "54 ms", "presentation.T0": "24 ms"}).astype(float)
    steps = (1.0, 0.1, 0.01)
    found = {dt: relE(codes_of(graph, s, dt)) for dt in steps}
    subtracted = {dt: relE(codes_of(graph, s, dt, subtracts=True)) for dt in steps}
    apart = np.abs(codes_of(graph, s, 0.001) - ours).max()
    with capsys.disabled():
        print(f"\nrelE of an exported network, exact: {relE(ours):.1e}; clocked at steps of 1, 0.1, 0.01 tau, v reset to 0: "
              + ", ".join(f"{value:.1e}" for value in found.values()) + "; threshold subtracted: "
              + ", ".join(f"{value:.1e}" for value in subtracted.values()) + f"; codes at 0.001 differ by {apart:.0e}")
    assert found[1.0] > found[0.1] > found[0.01]
    assert subtracted[0.1] < 2 * relE(ours) + 1e-3
    assert apart < 5e-3


def test_signed_codes_have_twins(striate, tiny, tmp_path):
    from nir_reader import Clocked
    tiny["populations"]["v1"] = {**tiny["populations"]["v1"], "objective": {"signed": True}}
    with striate.run(tiny, progress=False) as run:
        run.export_nir(tmp_path / "signed.nir")
        frames = run.frames(5)
        a = codes_of(Clocked(tmp_path / "signed.nir"), frames.reshape(5, -1).astype(float), 0.01, T=0.05, T0=0.015)
        assert a.shape == (5, 128)
        assert np.abs(a[:, :64] - a[:, 64:] - run.encode(frames)).max() < 0.05


@pytest.mark.parametrize("signed, stride", [(False, 2), (True, 1)])
def test_kernels_that_all_places_share_are_convolutions(striate, tiny, tmp_path, signed, stride):
    from nir_reader import Clocked, read
    tiny["populations"]["v1"] = {
        "kind": "slca", "lambda": 0.1, "kernels": {"kind": "random", "size": 5, "stride": stride, "random": {"n": 3}},
        "objective": {"signed": signed}, "plasticity": {"kind": "shared_hebbian"}, "homeostasis": {"rate": 0.02}}
    with striate.run(tiny, progress=False) as run:
        run.export_nir(tmp_path / "shared.nir")
        nodes, _ = read(tmp_path / "shared.nir")
        side, K = (12 - 5) // stride + 1, 6 if signed else 3
        assert nodes["fields"]["type"] == nodes["inhibition"]["type"] == "Conv2d"
        assert nodes["fields"]["weight"].shape == (K, 1, 5, 5) and nodes["current"]["r"].shape == (K, side, side)
        assert np.array_equal(nodes["fields"]["weight"][:3, 0].astype(np.float32), run.read("/network/v1/kernels"))
        frames = run.frames(4)
        a = codes_of(Clocked(tmp_path / "shared.nir"), frames.reshape(4, -1).astype(float), 0.01, T=0.05, T0=0.015)
        a = a[:, :3 * side * side] - a[:, 3 * side * side:] if signed else a
        ours = run.encode(frames).reshape(4, side, side, 3).transpose(0, 3, 1, 2)  # sort by sort, as channels stand
        assert np.count_nonzero(ours) > 20
        assert np.abs(a.reshape(ours.shape) - ours).max() < 0.05


def test_the_command_writes_the_same(trained, command, tmp_path):
    import h5py
    command("export", trained.path, "--nir", "-o", tmp_path / "command.nir")
    trained.export_nir(tmp_path / "package.nir")
    with h5py.File(tmp_path / "command.nir") as theirs, h5py.File(tmp_path / "package.nir") as ours:
        for name in ("fields/weight", "inhibition/weight", "current/v_leak", "membrane/v_threshold"):
            assert np.array_equal(theirs[f"node/nodes/{name}"], ours[f"node/nodes/{name}"]), name


def test_what_nir_has_no_words_for_is_refused(striate, trained, tiny, tmp_path):
    for wrong in ({"populations.v1.slca.t_ref": "1 ms", "populations.v1.slca.decoder": "count"},
                  {"populations.v1.slca.floor": True, "populations.v1.slca.decoder": "count"},
                  {"populations.v1.slca.v_init": "random"}, {"populations.v1.kind": "lca"},
                  {"populations.v1.channels.f0": "[0.2 cycles/px]"}):
        with pytest.raises(striate.ConfigError, match="export: population v1"):
            trained.export_nir(tmp_path / "wrong.nir", set=wrong)
    assert list(tmp_path.iterdir()) == []
