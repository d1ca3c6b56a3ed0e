// What is looked at. Whoever shows some of it says so with `when`; changes of one frame of the screen are told together.

const state = {
  layer: "fields",
  difference: false, // from the first run
  glyphs: true, // lines of orientation
  pinwheels: true,
  hover: null, // {run, neuron}
  pinned: null, // {run, neuron}
  point: -1, // of a sweep
  frame: -1, // whose codes are looked at
  plane: "tsne", // or "components", in which codes stand
  classes: null, // whose codes are lit, a Set of labels; null for all
  ranges: {}, // of the selection: name of a number -> [low, high]
};

const listeners = [];
let changed = new Set();

function when(names, listener) {
  listeners.push({ names, listener });
}

function change(name, value) {
  state[name] = value;
  if (changed.size === 0) requestAnimationFrame(tell);
  changed.add(name);
}

function tell() {
  const told = changed;
  changed = new Set();
  for (const { names, listener } of listeners) if (names.some((name) => told.has(name))) listener();
}

// ---- the selection: neurons whose numbers lie within all ranges

function selectRange(name, range) {
  const ranges = Object.assign({}, state.ranges);
  if (range) ranges[name] = range;
  else delete ranges[name];
  change("ranges", ranges);
}

function isSelecting() {
  return Object.keys(state.ranges).length > 0;
}

// {mask, n} of a run: 1 for each selected neuron. Made once for each selection.
function selectionOf(run) {
  if (run.selection && run.selection.ranges === state.ranges) return run.selection;
  const n = run.rows * run.cols, mask = new Uint8Array(n).fill(1);
  for (const name of Object.keys(state.ranges)) {
    const number = numberOf(run, name), [low, high] = state.ranges[name];
    for (let i = 0; i < n; ++i) if (!number || !(number.values[i] >= low && number.values[i] <= high)) mask[i] = 0;
  }
  run.selection = { ranges: state.ranges, mask, n: mask.reduce((sum, one) => sum + one, 0) };
  return run.selection;
}

function selectionWords() {
  if (!isSelecting()) return "No selection: drag across a distribution.";
  const ranges = Object.keys(state.ranges).map((name) => {
    const [low, high] = state.ranges[name];
    return `${wordsOf(name).label} ${format(low)} to ${format(high)}`;
  });
  const counts = striate.runs.map((run) => `${selectionOf(run).n} of ${run.rows * run.cols}`);
  return `${counts.join("; ")} neurons: ${ranges.join(", ")}.`;
}

// ---- what stands in the address, so that a link leads back here

function addressOfState() {
  const parts = [`layer=${state.layer}`];
  if (state.pinned) parts.push(`neuron=${state.pinned.neuron}`, `run=${striate.runs.indexOf(state.pinned.run)}`);
  return `#${parts.join("&")}`;
}

function readAddress() {
  const said = new URLSearchParams(location.hash.slice(1));
  const run = striate.runs[Number(said.get("run") || 0)], neuron = Number(said.get("neuron"));
  if (said.get("layer") && layersOf(striate.runs[0]).some((layer) => layer.id === said.get("layer"))) state.layer = said.get("layer");
  if (said.has("neuron") && run && neuron >= 0 && neuron < run.rows * run.cols) state.pinned = { run, neuron };
}
