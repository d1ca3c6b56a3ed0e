// Weights of the pinned neuron inside its population.

// Where they are not learned: phi_i . phi_j, what its spike takes from the others, and theirs from it. Itself is left out.
function overlaps(run, i) {
  const n = run.rows * run.cols, weights = new Float64Array(n).fill(NaN), channel = (numberOf(run, "channel") || {}).values;
  const frame = addField(run, i, 1, new Float32Array(run.height * run.width));
  for (let j = 0; j < n; ++j) if (j !== i) weights[j] = channel && channel[i] !== channel[j] ? 0 : productWithField(run, frame, j);
  return weights;
}

// Learned weight of a spike of `from` on `to`, above 0 where it inhibits. Hidden neurons come after those of the sheet.
function learnedWeight(run, to, from) {
  return unpack(run.learned_weights)[to * run.learned_weights.shape[0] + from];
}

function hiddenNeurons(run) {
  return d3.range(run.rows * run.cols, run.learned_weights.shape[0]);
}

// What a spike of `from` takes from `to`, itself and over one hidden neuron: Q_ji - sum_k Q_jk Q_ki.
function influence(run, to, from) {
  return d3.sum(hiddenNeurons(run), (k) => -learnedWeight(run, to, k) * learnedWeight(run, k, from)) + learnedWeight(run, to, from);
}

const LATERAL = {
  lateral: overlaps,
  lateral_out: (run, i) => Float64Array.from({ length: run.rows * run.cols }, (_, j) => (j === i ? NaN : influence(run, j, i))),
  lateral_in: (run, i) => Float64Array.from({ length: run.rows * run.cols }, (_, j) => (j === i ? NaN : influence(run, i, j))),
};

function lateralWeights(run, id) {
  if (!state.pinned || state.pinned.run !== run || Boolean(run.learned_weights) !== (id !== "lateral")) return null;
  return LATERAL[id](run, state.pinned.neuron);
}

// Layers of the sheet; learned weights, which need not be the same both ways, are two.
function lateralLayers(run) {
  const layer = (id, label) => ({ id, label, units: "1", diverging: true, isChief: true, values: (r) => lateralWeights(r, id) });
  if (run.weights_left_out) return [];
  if (!run.learned_weights) return run.fields ? [layer("lateral", "Lateral weights of the pinned neuron")] : [];
  const over = hiddenNeurons(run).length > 0 ? ", over hidden neurons" : "";
  return [layer("lateral_out", `Its spikes on others${over} (> 0 inhibits)`), layer("lateral_in", `Others' spikes on it${over} (> 0 inhibits)`)];
}

// Weights to and from the neurons that have no place on the sheet.
function drawHiddenWeights(parent, run, neuron) {
  const hidden = hiddenNeurons(run), ways = [["own", hidden.map((k) => learnedWeight(run, k, neuron))], ["linear", hidden.map((k) => learnedWeight(run, neuron, k))]];
  if (hidden.length === 0) return;
  const numbers = hidden.map((k) => k - run.rows * run.cols), all = ways.flatMap(([, weights]) => weights);
  const { view } = panel(parent, `Weights with ${hidden.length} hidden neurons`, "Blue: its spikes on them; orange: theirs on it. Above 0 inhibits.", () => ({ "hidden neuron": numbers, "its spikes on it": ways[0][1], "its spikes on the pinned neuron": ways[1][1] }));
  const plot = chart(view, { height: 160, x: d3.scaleLinear().domain([-0.5, hidden.length - 0.5]), y: d3.scaleLinear().domain([Math.min(0, d3.min(all)), Math.max(0, d3.max(all))]).nice(), xLabel: "hidden neuron", yLabel: "weight", yTicks: 4, label: `Weights of neuron ${neuron} with hidden neurons, both ways` });
  plot.g.append("line").attr("class", "rule").attr("x2", plot.w).attr("y1", plot.y(0)).attr("y2", plot.y(0));
  for (const [name, weights] of ways) addPoints(plot, numbers, weights, name);
}
