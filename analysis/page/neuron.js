// Everything that one neuron is.

class NeuronPanel {
  constructor(parent) {
    this.node = d3.select(parent).append("section").attr("class", "neuron").attr("aria-label", "The pinned neuron");
    when(["pinned", "size"], () => this.draw());
    this.draw();
  }

  draw() {
    this.node.selectAll("*").remove();
    if (!state.pinned) {
      this.node.append("p").attr("class", "hint").text("Point at the sheet to see a field; click, or walk with the arrow keys, to see all of a neuron.");
      return;
    }
    const { run, neuron } = state.pinned;
    const head = this.node.append("div").attr("class", "head");
    head.append("h3").text(`Neuron ${neuron}`);
    head.append("span").text(`row ${Math.floor(neuron / run.cols)}, column ${neuron % run.cols}${striate.runs.length > 1 ? ` of ${run.name}` : ""}${kindOf(run, neuron)}`);
    head.append("button").attr("type", "button").text("let go").on("click", () => change("pinned", null));
    this.drawChief(run, neuron);
    if (run.fields) this.drawFields(run, neuron);
    if (run.gratings) this.drawTuning(run, neuron);
    this.drawCurves(run, neuron);
    this.drawWeights(run, neuron);
    if (run.presentations && run.presentations.codes) this.drawFrames(run, neuron);
    this.drawNumbers(run, neuron);
  }

  // A few numbers, each with the median here and of macaque V1.
  drawChief(run, neuron) {
    const list = this.node.append("dl").attr("class", "chief");
    for (const name of ["preferred_orientation", "circular_variance", "half_bandwidth", "F1_F0", "peak_spatial_frequency"]) {
      const number = numberOf(run, name), macaque = macaqueOf(name);
      if (!number) continue;
      const item = list.append("div").attr("title", number.definition);
      item.append("dt").text(number.label);
      item.append("dd").attr("class", "value").text(`${format(number.values[neuron])}${number.units === "1" ? "" : ` ${number.units}`}`);
      if (name !== "preferred_orientation") item.append("dd").text(`here ${format(d3.quantile(finite(number.values), 0.5))}${macaque && !macaque.scaled ? `, macaque ${format(macaque.median)}` : ""}`);
    }
  }

  drawFields(run, neuron) {
    const row = this.node.append("div").attr("class", "pictures").node(), gabor = gaborPicture(run, neuron), detail = detailOf(run, neuron);
    addPicture(row, fieldPicture(run, neuron), run.senses.length > 0 ? `fields: ${run.senses.join(", ")}` : "receptive field", 96);
    const explained = numberOf(run, "gabor_explained");
    if (gabor) addPicture(row, gabor, `Gabor fit${explained ? `, ${format(100 * explained.values[neuron])} %` : ""}`, 96, "Gabor function fitted to the field");

    if (run.averages && detail >= 0) {
      addPicture(row, averagePicture(run, "white", detail), "STA, white noise", 96, "Spike-triggered average under white noise");
      addPicture(row, averagePicture(run, "sparse", detail), "STA, sparse noise", 96, "Spike-triggered average under sparse noise");
    }
    addPicture(row, neighbourhood(run, neuron), "5 × 5 neighbours", 96, "Fields of the neighbours");
  }

  drawTuning(run, neuron) {
    const detail = detailOf(run, neuron);
    if (detail < 0) {
      this.node.append("p").attr("class", "note").text(`Responses to gratings are kept for ${run.detailed.shape[0]} of ${run.rows * run.cols} neurons: every ${Math.round(Math.sqrt((run.rows * run.cols) / run.detailed.shape[0]))}th of every such row.`);
      return;
    }
    const grid = this.node.append("div").attr("class", "charts").node(), curves = tuningOf(run, detail, "compared");
    const linear = run.gratings.linear && tuningOf(run, detail, "linear");
    drawResponses(grid, run, curves);
    curve(grid, "Orientation", run.gratings.orientation, "orientation of the bars [deg]", run, [["own", curves.byOrientation], ["linear", linear && linear.byOrientation]], [0, 180]);
    curve(grid, "Spatial frequency", run.gratings.frequency, "spatial frequency [cycles/px]", run, [["own", curves.byFrequency], ["linear", linear && linear.byFrequency]]);
    curve(grid, "Phase", run.gratings.phase, "phase of the grating [deg]", run, [["own", curves.byPhase]], [0, 360]);
    this.node.append("p").attr("class", "note").html(`Blue: ${isComplex(run, neuron) ? "the complex cell of this place" : "the running network"}${linear ? "; orange, dashed: the receptive field alone, [φ·s]<sub>+</sub>" : ""}; both over their own peak. Curves go through the best grating.`);
  }

  drawCurves(run, neuron) {
    const grid = this.node.append("div").attr("class", "charts").node();
    if (run.contrast) {
      const n = run.contrast.contrast.length, responses = unpack(run.contrast.responses).subarray(neuron * n, (neuron + 1) * n);
      curve(grid, "Contrast", run.contrast.contrast, "contrast (norm of the frame)", run, [["own", responses]], null, responseUnits(run));
    }
    const cell = run.size ? run.size.neuron.indexOf(neuron) : -1;
    if (cell >= 0) {
      const n = run.size.diameter.length, responses = unpack(run.size.responses).subarray(cell * n, (cell + 1) * n);
      curve(grid, "Size", run.size.diameter, "diameter of the grating [px]", run, [["own", responses]], null, responseUnits(run));
    }
  }

  drawWeights(run, neuron) {
    if (run.learned_weights) drawHiddenWeights(this.node.append("div").attr("class", "charts").node(), run, neuron);
    if (run.weights_left_out) this.node.append("p").attr("class", "note").text(`Its population has learned ${run.weights_left_out} × ${run.weights_left_out} weights, for which the page has no room; they are in ${run.path}.`);
  }

  drawFrames(run, neuron) {
    const all = run.presentations, n = run.rows * run.cols, codes = unpack(all.codes);
    const best = d3.range(all.number.length).filter((k) => codes[k * n + neuron] !== 0).sort((a, b) => Math.abs(codes[b * n + neuron]) - Math.abs(codes[a * n + neuron])).slice(0, 5);
    const details = this.node.append("div");
    details.append("h4").text(`Active in ${best.length === 0 ? "none" : d3.range(all.number.length).filter((k) => codes[k * n + neuron] !== 0).length} of ${all.number.length} presentations shown here`);
    const row = details.append("div").attr("class", "pictures");
    for (const k of best) {
      const words = `a = ${format(codes[k * n + neuron])}`;
      const item = row.append("button").attr("type", "button").attr("class", "frame").attr("aria-label", `Play presentation ${all.number[k]}: ${words}`).on("click", () => change("presentation", { run, k }));
      if (all.frames) addPicture(item.node(), framePicture(run, k), words, 84, `Frame of presentation ${all.number[k]}`);
      else item.append("span").text(`${all.number[k]}: ${words}`);
      drawSpikes(item.node(), run, neuron, k);
    }
  }

  drawNumbers(run, neuron) {
    const groups = d3.nest().key((one) => wordsOf(one.name).group).entries(run.numbers);
    for (const { key, values } of groups) {
      const details = this.node.append("details");
      details.append("summary").text(key);
      const body = numberTable(details, ["Number", "This neuron", "Median here", "Macaque"]);
      for (const { name } of values) numberRow(body, run, name, neuron);
    }
  }
}

function kindOf(run, neuron) {
  const F1_F0 = numberOf(run, "F1_F0");
  if (run.is_complex) return isComplex(run, neuron) ? ", compared as a complex cell" : ", compared as a simple cell";
  return F1_F0 && isFinite(F1_F0.values[neuron]) ? (F1_F0.values[neuron] > 1 ? ", simple by F1/F0" : ", complex by F1/F0") : "";
}

function isComplex(run, neuron) {
  return Boolean(run.is_complex && unpack(run.is_complex)[neuron]);
}

function responseUnits(run) {
  return run.gratings && run.gratings.units !== "1" ? `response [${run.gratings.units}]` : "response";
}

// Place of a neuron among those whose details are kept; -1 if it is not one.
function detailOf(run, neuron) {
  if (!run.detailed) return -1;
  if (!run.placeOfDetail) {
    run.placeOfDetail = new Int32Array(run.rows * run.cols).fill(-1);
    unpack(run.detailed).forEach((one, k) => (run.placeOfDetail[one] = k));
  }
  return run.placeOfDetail[neuron];
}

// ---- pictures

function averagePicture(run, kind, detail) {
  const [, h, w] = run.averages[kind].values.shape;
  return greyPicture(rowOf(run.averages[kind], detail), w, h);
}

function framePicture(run, k) {
  const size = run.height * run.width;
  return greyPicture(unpack(run.presentations.frames).subarray(k * size, (k + 1) * size), run.width, run.height);
}

// exp(-x^2 / 2 sx^2 - y^2 / 2 sy^2) cos(2 pi f x + phase), x across the bars, along (-sin, cos) of their orientation
// in (right, up). null where no Gabor function explains the field.
function gaborPicture(run, neuron) {
  const names = ["gabor_orientation", "gabor_frequency", "gabor_phase", "gabor_row", "gabor_col", "nx", "ny"];
  const numbers = names.map((name) => numberOf(run, name));
  if (numbers.some((number) => !number || !isFinite(number.values[neuron]))) return null;
  const [orientation, frequency, phase, row, col, nx, ny] = numbers.map((number) => number.values[neuron]);
  const [, h, w] = run.fields.values.shape, corner = unpack(run.fields.corner), turn = Math.PI / 180;
  const sin = Math.sin(orientation * turn), cos = Math.cos(orientation * turn), values = new Float32Array(h * w);
  for (let k = 0; k < h * w; ++k) {
    const right = corner[2 * neuron + 1] + (k % w) - col, up = row - corner[2 * neuron] - Math.floor(k / w);
    const x = -right * sin + up * cos, y = right * cos + up * sin;
    values[k] = Math.exp(-0.5 * (((x * frequency) / nx) ** 2 + ((y * frequency) / ny) ** 2)) * Math.cos(2 * Math.PI * frequency * x + phase * turn);
  }
  return greyPicture(values, w, h);
}

function neighbourhood(run, neuron) {
  const [, h, w] = run.fields.values.shape, row = Math.floor(neuron / run.cols), col = neuron % run.cols;
  const canvas = document.createElement("canvas");
  canvas.width = 5 * w + 4;
  canvas.height = 5 * h + 4;
  const context = canvas.getContext("2d");
  context.fillStyle = "#808080";
  context.fillRect(0, 0, canvas.width, canvas.height);
  for (let dr = -2; dr <= 2; ++dr)
    for (let dc = -2; dc <= 2; ++dc) {
      let r = row + dr, c = col + dc;
      if (run.is_periodic) (r = (r + run.rows) % run.rows), (c = (c + run.cols) % run.cols);
      if (r < 0 || r >= run.rows || c < 0 || c >= run.cols) continue;
      context.drawImage(fieldPicture(run, r * run.cols + c), (dc + 2) * (w + 1), (dr + 2) * (h + 1));
    }
  return canvas;
}

// Its spikes in a presentation, as ticks.
function drawSpikes(parent, run, neuron, k) {
  const all = run.presentations, times = spikesOf(run, k).filter((spike) => spike.neuron === neuron);
  const svg = d3.select(parent).append("svg").attr("width", 84).attr("height", 14).attr("role", "img").attr("aria-label", `${times.length} spikes`);
  svg.append("line").attr("class", "rule").attr("x2", 84).attr("y1", 13).attr("y2", 13);
  svg.selectAll(".spike").data(times).enter().append("line").attr("class", "spike").attr("x1", (s) => (84 * s.time) / all.T).attr("x2", (s) => (84 * s.time) / all.T).attr("y1", 2).attr("y2", 12);
}

// ---- tuning

// Means over phases, and curves through the best grating, over the neuron's peak.
function tuningOf(run, detail, which) {
  const { orientation, frequency } = run.gratings, responses = rowOf(run.gratings[which], detail), phases = run.gratings[which].values.shape[3];
  const at = (o, f, p) => responses[(o * frequency.length + f) * phases + p];
  const mean = (o, f) => d3.mean(d3.range(phases), (p) => at(o, f, p));
  const all = [];
  orientation.forEach((_, o) => frequency.forEach((__, f) => all.push({ o, f, r: mean(o, f) })));
  const best = all.reduce((a, b) => (b.r > a.r ? b : a)), peak = best.r || 1;
  const ofBest = d3.range(phases).map((p) => at(best.o, best.f, p)), highest = d3.max(ofBest) || 1;
  return {
    all, best, peak,
    byOrientation: orientation.map((_, o) => mean(o, best.f) / peak),
    byFrequency: frequency.map((_, f) => mean(best.o, f) / peak),
    byPhase: ofBest.map((r) => r / highest),
  };
}

// Orientation against spatial frequency, the mean over phases.
function drawResponses(parent, run, { all, best, peak }) {
  const { orientation, frequency } = run.gratings;
  const { view } = panel(parent, "All gratings", null, () => ({ "orientation [deg]": all.map((one) => orientation[one.o]), "spatial frequency [cycles/px]": all.map((one) => frequency[one.f]), "response, mean over phases": all.map((one) => one.r) }));
  const x = d3.scaleLinear().domain([0, 180]), y = d3.scaleBand().domain(d3.range(frequency.length));
  const plot = chart(view, { height: 150, left: 56, x, y: y.copy(), xLabel: "orientation of the bars [deg]", yLabel: "cycles/px", label: "Response to every orientation and spatial frequency" });
  y.range([plot.h, 0]);
  const step = plot.w / orientation.length;
  plot.g.selectAll(".cell").data(all).enter().append("rect").attr("x", (one) => one.o * step).attr("y", (one) => y(one.f)).attr("width", step + 0.5).attr("height", y.bandwidth() + 0.5).attr("fill", (one) => css(colourIn(CIVIDIS, one.r / peak)));
  plot.g.append("rect").attr("class", "best").attr("x", best.o * step).attr("y", y(best.f)).attr("width", step).attr("height", y.bandwidth());
  plot.g.selectAll(".axis").filter((_, k) => k === 1).selectAll("text").text((f) => (f % 2 === 0 ? frequency[f].toFixed(2) : ""));
}

function curve(parent, title, xs, xLabel, run, curves, domain, yLabel = "response / peak") {
  const shown = curves.filter(([, ys]) => ys), columns = { [xLabel]: xs };
  for (const [name, ys] of shown) columns[name === "own" ? yLabel : `${yLabel}, field alone`] = Array.from(ys);
  const { view } = panel(parent, title, null, () => columns);
  const most = d3.max(shown, ([, ys]) => d3.max(ys)) || 1;
  const plot = chart(view, { height: 150, x: d3.scaleLinear().domain(domain || [0, d3.max(xs)]), y: d3.scaleLinear().domain([0, 1.05 * most]), xLabel, yLabel, xTicks: 4, yTicks: 3 });
  if (domain) plot.g.select(".axis").call(d3.axisBottom(plot.x).tickValues(d3.range(0, domain[1] + 1, domain[1] / 4)).tickSizeOuter(0));
  for (const [name, ys] of shown.slice().reverse()) {
    addCurve(plot, xs, ys, name);
    if (name === "own") addPoints(plot, xs, ys, "own");
  }
}

// ---- tables of numbers

function numberTable(parent, headings) {
  const table = parent.append("table").attr("class", "of-numbers");
  table.append("thead").append("tr").selectAll("th").data(headings).enter().append("th").attr("scope", "col").text((h) => h);
  return table.append("tbody");
}

function numberRow(body, run, name, neuron) {
  const number = numberOf(run, name), macaque = macaqueOf(name), sorted = finite(number.values), row = body.append("tr");
  const head = row.append("th").attr("scope", "row");
  head.append("div").text(withUnits(number));
  if (number.definition) head.append("div").attr("class", "definition").text(number.definition + (number.source ? ` ${number.source}.` : ""));
  row.append("td").attr("data-number", name).attr("data-value", number.values[neuron]).text(format(number.values[neuron]));
  row.append("td").text(format(d3.quantile(sorted, 0.5)));
  const cell = row.append("td");
  if (!macaque) return cell.text("–");
  cell.text(macaque.scaled || macaque.period ? "shape alone" : format(macaque.median));
  cell.append("div").attr("class", "definition").text(`${macaque.n} cells, ${macaque.citation.split(",")[0].replace(/ \(.*/, "")} ${(macaque.citation.match(/\(\d+\)/) || [""])[0]}`);
}
