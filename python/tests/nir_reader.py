"""Reads a graph of NIR by the rules of its public package, and runs it clocked: shares no code with Striate."""
import h5py
import numpy as np

# What each kind of node has to have, and nothing else: its constructor takes these (nir 1.0.4).
FIELDS = {"Input": {"shape"}, "Output": {"shape"}, "Linear": {"weight"}, "LI": {"tau", "r", "v_leak"},
          "IF": {"r", "v_threshold", "v_reset"},
          "Conv2d": {"input_shape", "weight", "stride", "padding", "dilation", "groups", "bias"}}


def shapes(node):
    """Shape of what goes in and comes out, as the package infers them."""
    if node["type"] == "Linear":
        return (node["weight"].shape[1],), (node["weight"].shape[0],)
    if node["type"] == "Conv2d":
        to, channels, *size = node["weight"].shape
        came = [int((of + 2 * pad - dilation * (kernel - 1) - 1) / stride) + 1 for of, pad, dilation, kernel, stride in
                zip(node["input_shape"], node["padding"], node["dilation"], size, node["stride"])]
        return (channels, *node["input_shape"]), (to, *came)
    of = tuple(node["shape"]) if "shape" in node else node["r"].shape
    return of, of


def read(path):
    """Nodes by name, and edges; everything that the package would refuse is refused."""
    with h5py.File(path) as file:
        assert isinstance(file["version"][()], bytes)
        graph = file["node"]
        assert graph["type"][()] == b"NIRGraph" and set(graph) == {"type", "nodes", "edges"}
        nodes = {}
        for name, group in graph["nodes"].items():
            node = {key: group[key][()] for key in group}
            node["type"] = node["type"].decode()
            assert set(node) == FIELDS[node["type"]] | {"type"}, name
            numbers = [value for value in node.values() if isinstance(value, np.ndarray)]
            assert node["type"] in ("Linear", "Conv2d") or len({value.shape for value in numbers}) == 1, name
            nodes[name] = node
        edges = [(a.decode(), b.decode()) for a, b in graph["edges"][()]]
    for a, b in edges:
        assert shapes(nodes[a])[1] == shapes(nodes[b])[0], (a, b)
    return nodes, edges


def convolved(node, frames):
    """What torch's conv2d makes of frames (n, channels, rows, cols), by plain sums."""
    assert node["groups"] == 1 and not node["bias"].any() and tuple(node["dilation"]) == (1, 1)
    weight, (sy, sx), (py, px) = node["weight"].astype(float), node["stride"], node["padding"]
    _, rows, cols = shapes(node)[1]
    padded = np.pad(frames, ((0, 0), (0, 0), (py, py), (px, px)))
    out = np.zeros((len(frames), len(weight), rows, cols))
    for i in range(weight.shape[2]):
        for j in range(weight.shape[3]):
            seen = padded[:, :, i:i + sy * (rows - 1) + 1:sy, j:j + sx * (cols - 1) + 1:sx]
            out += np.einsum("oc,ncyx->noyx", weight[:, :, i, j], seen)
    return out


def matrix(node):
    """Of Linear or Conv2d, (to, from)."""
    if node["type"] == "Linear":
        return node["weight"].astype(float)
    of = shapes(node)[0]
    units = np.eye(int(np.prod(of))).reshape(-1, *of)
    return convolved(node, units).reshape(len(units), -1).T


class Clocked:
    """Input -> Linear -> LI -> IF with IF -> Linear -> LI, or Conv2d in place of Linear, in steps of dt [s], by exponential Euler."""

    def __init__(self, path):
        nodes, edges = read(path)
        into = {name: {a for a, b in edges if b == name} for name in nodes}

        def weights(sources):
            return matrix(next(node for name, node in nodes.items()
                               if node["type"] in ("Linear", "Conv2d") and into[name] == sources))
        fires = next(name for name, node in nodes.items() if node["type"] == "IF")
        leaks = next(name for name, node in nodes.items() if node["type"] == "LI")
        assert into[fires] == {leaks} and len(into[leaks]) == 2
        self.feed, self.back = weights({"input"}), weights({fires})
        self.shape = nodes[leaks]["r"].shape
        self.leaks, self.fires = ({key: value.ravel() for key, value in nodes[name].items() if key != "type"}
                                  for name in (leaks, fires))

    def rates(self, frames, T, T0, dt, subtracts=False):
        """Spikes a second of each neuron over (T0, T], with what is left in v as parts of a spike: (n, N). A spike sets v to
        v_reset, as NIR has it, or, as many chips do, takes the threshold off."""
        tau, v_leak, threshold = self.leaks["tau"], self.leaks["v_leak"], self.fires["v_threshold"]
        target = v_leak + self.leaks["r"] * (frames @ self.feed.T)
        decay = np.exp(-dt / tau)
        w, v = target.copy(), np.zeros_like(target)
        count, begin = np.zeros_like(v), None
        for step in range(round(T / dt)):
            if begin is None and step * dt >= T0 - 1e-12:
                begin, count[:] = v.copy(), 0.0
            v += self.fires["r"] * ((w - target) * tau * (1 - decay) + target * dt)
            w = target + (w - target) * decay
            fired = v > threshold
            v = np.where(fired, v - threshold if subtracts else self.fires["v_reset"], v)
            count += fired
            w += (fired @ self.back.T) / tau
        return (count + (v - begin) / threshold) / (T - T0)
