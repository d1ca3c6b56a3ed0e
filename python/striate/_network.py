"""Networks that are stepped by hand."""
from . import _config, _striate


class Network:
    """A circuit that is stepped by hand: run some ms, look at its neurons, inject, run on.

        net = striate.Network("brunel.yaml")
        net.run(100.0)                            # ms
        V = net.state("excitatory", "V_m")        # (neurons), mV
        t, i = net.spikes()["excitatory"]         # since the last call

    config, set, seed, threads: as of `striate.run`; of a config with a `duration`, which is as far as it can run. What happens
    is the same to the bit as in `striate.run`, in steps of any length.

    Raises ConfigError (also of a config that shows frames), IoError.
    """

    def __init__(self, config, *, set=None, seed=None, threads=None):
        path, text = _config.source(config)
        self._network = _striate.Network(path, text, _config.overrides(set, seed), _config.count("threads", threads))

    @property
    def now(self):
        """Time before which all has happened [ms]."""
        return self._network.now()

    @property
    def duration(self):
        """How far it can run [ms]: `duration` of the config."""
        return self._network.duration()

    @property
    def populations(self):
        """{name: neurons}."""
        return dict(self._network.populations())

    def variables(self, population):
        """{name: unit} of what `state` can tell of a population."""
        return dict(self._network.variables(population))

    def run(self, ms):
        """Runs on by some ms. Raises ConfigError beyond `duration`, NumericsError; KeyboardInterrupt on Ctrl-C, after which
        it may go on."""
        self._network.run(ms)

    def state(self, population, variable):
        """A variable of all neurons now: float64, (neurons), in its unit."""
        return self._network.state(population, variable)

    def spikes(self):
        """{population: (times [ms], ids)} of all spikes since the last call: float64 and uint64, in order of time."""
        return self._network.spikes()

    def set_current(self, population, I, neurons=None):
        """Injects a current from now on, on top of a neuron's own; it takes the place of the one before.

        I        a number, or one for each neuron, in `current_unit`
        neurons  ids; None: all
        """
        self._network.set_current(population, I, neurons)

    def current_unit(self, population):
        """"pA", "1", ...; "" where no current can flow."""
        return self._network.current_unit(population)
