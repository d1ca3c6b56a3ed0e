"""Reads a graph of NIR by the rules of its public package, and runs it clocked: shares no code with Striate."""
import h5py
import numpy as np

# What each kind of node has to have, and nothing else: its constructor takes these (nir 1.0.4).
FIELDS = {"Input": {"shape"}, "Output": {"shape"}, "Linear": {"weight"}, "LI": {"tau", "r", "v_leak"},
          "IF": {"r", "v_threshold", "v_reset"}}


def shapes(node):
    """Shape of what goes in and comes out, as the package infers them."""
    if node["type"] == "Linear":
        return (node["weight"].shape[1],), (node["weight"].shape[0],)
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
            assert node["type"] == "Linear" or len({value.shape for value in numbers}) == 1, name
            nodes[name] = node
        edges = [(a.decode(), b.decode()) for a, b in graph["edges"][()]]
    for a, b in edges:
        assert shapes(nodes[a])[1] == shapes(nodes[b])[0], (a, b)
    return nodes, edges


class Clocked:
    """Input -> Linear -> LI -> IF with IF -> Linear -> LI, in steps of dt [s], by exponential Euler."""

    def __init__(self, path):
        nodes, edges = read(path)
        into = {name: {a for a, b in edges if b == name} for name in nodes}

        def only(kind, sources):
            return next(node for name, node in nodes.items() if node["type"] == kind and into[name] == sources)
        fires = next(name for name, node in nodes.items() if node["type"] == "IF")
        leaks = next(name for name, node in nodes.items() if node["type"] == "LI")
        assert into[fires] == {leaks} and len(into[leaks]) == 2
        self.feed = only("Linear", {"input"})["weight"].astype(float)
        self.back = only("Linear", {fires})["weight"].astype(float)
        self.leaks, self.fires = nodes[leaks], nodes[fires]

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
