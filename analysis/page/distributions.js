// Distributions beside macaque V1. Dragging across one selects neurons in all views.

const BESIDE_MACAQUE = ["circular_variance", "half_bandwidth", "orth_pref", "F1_F0", "peak_spatial_frequency", "suppression_index", "spontaneous_over_peak"];

// Edges of bins, and how much of macaque V1 lies in each, in the units of the runs.
function binsOf(name, runs) {
  const macaque = macaqueOf(name), all = [];
  for (const run of runs) all.push(...finite((numberOf(run, name) || { values: [] }).values));
  all.sort(d3.ascending);
  if (macaque && macaque.edges.length > 0 && !macaque.period) {
    const factor = macaque.scaled ? d3.quantile(all, 0.5) / macaque.median : 1, total = d3.sum(macaque.counts);
    const edges = macaque.edges.map((edge) => edge * factor);
    return { edges, macaque: { fractions: macaque.counts.map((count) => count / total), median: macaque.median * factor, reference: macaque }, isLog: edges[0] > 0 };
  }
  const low = isOrientation(name) ? 0 : d3.quantile(all, 0.002), high = isOrientation(name) ? 180 : d3.quantile(all, 0.998);
  const step = (high > low ? high - low : 1) / 18, edges = d3.range(19).map((k) => low + k * step);
  const isKnown = macaque && macaque.edges.length === 0 && macaque.n > 0 && !macaque.scaled;
  return { edges, macaque: isKnown ? { fractions: fractionsOf(macaque, edges), median: macaque.median, reference: macaque } : null, isLog: false };
}

// How much of a reference known by its quantiles lies in each bin; what lies at the lowest edge counts in the first.
function fractionsOf({ quantiles, fractions }, edges) {
  const below = (x) => {
    const k = d3.bisectLeft(quantiles, x);
    if (k === 0) return 0;
    if (k === quantiles.length) return 1;
    return fractions[k - 1] + ((fractions[k] - fractions[k - 1]) * (x - quantiles[k - 1])) / (quantiles[k] - quantiles[k - 1]);
  };
  return edges.slice(1).map((edge, k) => below(edge) - below(edges[k]));
}

// Fractions of the neurons that have the number, in bins; what lies beyond counts in none. mask: of those counted
function fractionsIn(values, edges, mask) {
  const counts = new Float64Array(edges.length - 1);
  let total = 0;
  for (let i = 0; i < values.length; ++i) {
    if (!isFinite(values[i])) continue;
    ++total;
    if (mask && !mask[i]) continue;
    const k = d3.bisectRight(edges, values[i]) - 1;
    if (k >= 0 && k < counts.length) ++counts[k];
    else if (values[i] === edges[edges.length - 1]) ++counts[counts.length - 1];
  }
  return counts.map((count) => count / (total || 1));
}

class Histogram {
  constructor(parent, name, onRemove) {
    this.name = name;
    this.runs = striate.runs.filter((run) => numberOf(run, name));
    this.number = numberOf(this.runs[0], name);
    Object.assign(this, binsOf(name, this.runs));
    const parts = panel(parent, this.number.label, null, () => this.columns());
    this.view = parts.view;
    parts.figure.select(".note").remove();
    this.note = parts.figure.append("p").attr("class", "note");
    if (onRemove) parts.head.append("button").attr("type", "button").attr("class", "remove").attr("aria-label", `Remove ${this.number.label}`).text("×").on("click", onRemove);
    this.selected = -1; // bins, by keyboard
    when(["size"], () => this.draw());
    when(["ranges"], () => this.drawSelected());
    when(["pinned", "hover"], () => this.drawPlace());
    this.draw();
  }

  draw() {
    const { edges, macaque, runs } = this;
    this.fractions = runs.map((run) => fractionsIn(numberOf(run, this.name).values, edges));
    const most = d3.max([...this.fractions.map((f) => d3.max(f)), macaque && macaque.fractions ? d3.max(macaque.fractions) : 0]);
    const x = (this.isLog ? d3.scaleLog() : d3.scaleLinear()).domain([edges[0], edges[edges.length - 1]]);
    const plot = (this.plot = chart(this.view, { x, y: d3.scaleLinear().domain([0, 1.12 * most || 1]), xLabel: withUnits(this.number), yLabel: "fraction", xTicks: 5, xFormat: this.isLog ? "~g" : null, label: this.words() }));
    this.bars = plot.g.append("g");
    runs.forEach((run, k) => this.drawRun(k, runs.length > 1));
    if (macaque && macaque.fractions) plot.g.append("path").attr("class", "macaque").attr("d", this.outline(macaque.fractions));
    if (macaque) this.mark(macaque.median, "macaque");
    runs.forEach((run, k) => this.mark(d3.quantile(finite(numberOf(run, this.name).values), 0.5), "own", runs.length > 1 ? RUN_COLOURS[k % 4] : null));
    this.place = plot.g.append("g");
    this.addBrush();
    this.drawSelected();
    this.drawPlace();
    this.note.html("").append("span").text(this.words());
  }

  drawRun(k, isOutline) {
    const { plot, edges } = this;
    if (isOutline) {
      plot.g.append("path").attr("class", "run").attr("stroke", RUN_COLOURS[k % 4]).attr("d", this.outline(this.fractions[k]));
      return;
    }
    const bar = (className) => this.bars.selectAll(`.${className}`).data(Array.from(this.fractions[k])).enter().append("rect").attr("class", className).attr("x", (_, b) => plot.x(edges[b]) + 0.5).attr("width", (_, b) => Math.max(0.5, plot.x(edges[b + 1]) - plot.x(edges[b]) - 1)).attr("y", (f) => plot.y(f)).attr("height", (f) => plot.h - plot.y(f));
    bar("bar");
    bar("lit");
  }

  outline(fractions) {
    const { plot, edges } = this, points = [];
    Array.from(fractions).forEach((f, b) => points.push([edges[b], f], [edges[b + 1], f]));
    return d3.line().x((p) => plot.x(p[0])).y((p) => plot.y(p[1]))([[edges[0], 0], ...points, [edges[edges.length - 1], 0]]);
  }

  mark(value, className, colour) {
    if (!isFinite(value)) return;
    const at = this.plot.x(value);
    this.plot.g.append("path").attr("class", `median ${className}`).attr("fill", colour).attr("d", `M${at},7l-4,-7h8z`);
  }

  addBrush() {
    const { plot, name } = this;
    this.brush = d3.brushX().extent([[0, 0], [plot.w, plot.h]]).on("brush end", () => {
      if (!d3.event.sourceEvent) return;
      const range = d3.event.selection;
      selectRange(name, range && [plot.x.invert(range[0]), plot.x.invert(range[1])]);
    });
    this.brushNode = plot.g.append("g").attr("class", "brush").call(this.brush);
    plot.svg.attr("tabindex", 0).attr("role", "application").attr("aria-roledescription", "distribution").attr("aria-label", `${this.words()} Left and right arrows move a selection, with shift they widen it, Escape clears it.`).on("keydown", () => this.step(d3.event));
  }

  // A selection of whole bins, moved by the arrow keys.
  step(event) {
    const { edges, name } = this, n = edges.length - 1, now = state.ranges[name];
    let first = now ? Math.max(0, d3.bisectRight(edges, now[0] + 1e-9 * Math.abs(now[0])) - 1) : -1, last = now ? Math.min(n, d3.bisectLeft(edges, now[1] - 1e-9 * Math.abs(now[1]))) : 0;
    if (event.key === "Escape") return selectRange(name, null);
    if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return undefined;
    const step = event.key === "ArrowRight" ? 1 : -1;
    event.preventDefault();
    if (event.shiftKey && now) last = Math.max(first + 1, Math.min(n, last + step));
    else (first = Math.max(0, Math.min(n - 1, first + step))), (last = Math.min(n, now ? last + step : first + 1)), (last = Math.max(last, first + 1));
    selectRange(name, [edges[first], edges[last]]);
    return undefined;
  }

  drawSelected() {
    const { plot, runs, edges, name } = this, range = state.ranges[name];
    this.brushNode.call(this.brush.move, range ? range.map((v) => Math.max(0, Math.min(plot.w, plot.x(v)))) : null);
    if (runs.length > 1) return;
    const lit = isSelecting() ? fractionsIn(numberOf(runs[0], name).values, edges, selectionOf(runs[0]).mask) : this.fractions[0];
    this.bars.selectAll(".lit").data(Array.from(lit)).attr("y", (f) => plot.y(f)).attr("height", (f) => plot.h - plot.y(f));
  }

  // Where the neurons stand that are pinned and pointed at.
  drawPlace() {
    const { plot, name } = this, marks = [];
    for (const which of ["pinned", "hover"]) if (state[which]) marks.push({ which, value: (numberOf(state[which].run, name) || { values: [] }).values[state[which].neuron] });
    const lines = this.place.selectAll("line").data(marks.filter((m) => isFinite(m.value) && m.value >= plot.x.domain()[0] && m.value <= plot.x.domain()[1]));
    lines.exit().remove();
    lines.enter().append("line").attr("y2", plot.h).merge(lines).attr("class", (m) => `place ${m.which}`).attr("x1", (m) => plot.x(m.value)).attr("x2", (m) => plot.x(m.value));
  }

  words() {
    const { macaque, runs, name } = this, of = (run) => finite(numberOf(run, name).values);
    const own = runs.map((run) => `${runs.length > 1 ? `${run.name}: ` : ""}median ${format(d3.quantile(of(run), 0.5))} of ${of(run).length} neurons`).join("; ");
    if (!macaque) return `${own}.`;
    const reference = macaque.reference;
    return `${own}; macaque ${reference.scaled ? "scaled to the same median" : format(reference.median)}, ${reference.n} cells (${reference.citation}).`;
  }

  columns() {
    const columns = { from: this.edges.slice(0, -1), to: this.edges.slice(1) };
    this.runs.forEach((run, k) => (columns[`fraction of ${run.name}`] = Array.from(this.fractions[k])));
    if (this.macaque && this.macaque.fractions) columns["fraction of macaque V1"] = this.macaque.fractions;
    return columns;
  }
}

// Two numbers against each other; of nx and ny, macaque's counts behind.
class Scatter {
  constructor(parent, xName, yName) {
    Object.assign(this, { xName, yName });
    const parts = panel(parent, "One against the other", "", () => this.columns());
    this.note = parts.note;
    this.view = parts.view;
    const choice = parts.figure.insert("div", ".view").attr("class", "choices");
    for (const axis of ["xName", "yName"]) {
      const label = choice.append("label");
      label.append("span").text(axis === "xName" ? "across " : "up ");
      const select = label.append("select").on("change", (_, k, nodes) => { this[axis] = nodes[k].value; this.draw(); });
      for (const { name } of striate.runs[0].numbers) select.append("option").attr("value", name).property("selected", name === this[axis]).text(wordsOf(name).label);
    }
    when(["size"], () => this.draw());
    when(["ranges", "pinned", "hover"], () => this.plot && this.drawPoints());
    this.draw();
  }

  draw() {
    const [run] = striate.runs, x = numberOf(run, this.xName), y = numberOf(run, this.yName), isShape = this.xName === "nx" && this.yName === "ny";
    const domain = (number) => {
      const all = [];
      for (const one of striate.runs) all.push(...finite((numberOf(one, number.name) || { values: [] }).values));
      all.sort(d3.ascending);
      return [d3.quantile(all, 0.002), d3.quantile(all, 0.998)];
    };
    const scale = (number) => (isShape ? d3.scaleLog().domain(d3.extent(striate.shapes.edges)) : d3.scaleLinear().domain(domain(number)).nice());
    this.view.selectAll("canvas").remove();
    this.plot = chart(this.view, { height: 250, x: scale(x), y: scale(y), xLabel: withUnits(x), yLabel: withUnits(y), xFormat: isShape ? "~g" : null, yFormat: isShape ? "~g" : null, label: `${y.label} against ${x.label}` });
    if (isShape) this.drawShapes();
    this.canvas = this.view.insert("canvas", "svg").attr("class", "points").style("left", `${this.plot.left}px`).style("top", `${this.plot.top}px`).node();
    this.addBrush();
    this.drawPoints();
    this.note.text(`${striate.runs.map((one) => this.count(one)).join("; ")} neurons have both.${isShape ? ` Grey: ${d3.sum(striate.shapes.counts)} simple cells of macaque (${striate.shapes.citation}).` : ""}`);
  }

  count(run) {
    const x = numberOf(run, this.xName), y = numberOf(run, this.yName);
    return x && y ? x.values.reduce((n, v, i) => n + (isFinite(v) && isFinite(y.values[i])), 0) : 0;
  }

  drawShapes() {
    const { edges, counts } = striate.shapes, n = edges.length - 1, most = d3.max(counts), { plot } = this;
    plot.g.insert("g", ".axis").selectAll("rect").data(counts).enter().append("rect").attr("class", "shape").attr("x", (_, k) => plot.x(edges[Math.floor(k / n)])).attr("width", (_, k) => plot.x(edges[Math.floor(k / n) + 1]) - plot.x(edges[Math.floor(k / n)]))
      .attr("y", (_, k) => plot.y(edges[(k % n) + 1])).attr("height", (_, k) => plot.y(edges[k % n]) - plot.y(edges[(k % n) + 1])).attr("opacity", (c) => (0.55 * c) / most);
  }

  addBrush() {
    const { plot } = this;
    const brush = d3.brush().extent([[0, 0], [plot.w, plot.h]]).on("brush end", () => {
      if (!d3.event.sourceEvent) return;
      const box = d3.event.selection;
      selectRange(this.xName, box && [plot.x.invert(box[0][0]), plot.x.invert(box[1][0])]);
      if (this.yName !== this.xName) selectRange(this.yName, box && [plot.y.invert(box[1][1]), plot.y.invert(box[0][1])]);
    });
    plot.g.append("g").attr("class", "brush").call(brush);
  }

  drawPoints() {
    const { plot } = this, context = sizedContext(this.canvas, plot.w, plot.h), isMany = striate.runs.length > 1;
    striate.runs.forEach((run, r) => {
      const x = numberOf(run, this.xName), y = numberOf(run, this.yName);
      if (!x || !y) return;
      const { mask } = selectionOf(run);
      for (const lit of isSelecting() ? [0, 1] : [1]) {
        context.fillStyle = lit ? (isMany ? RUN_COLOURS[r % 4] : themed("--model")) : themed("--faint");
        for (let i = 0; i < x.values.length; ++i) if (mask[i] === lit) context.fillRect(plot.x(x.values[i]) - 1, plot.y(y.values[i]) - 1, 2.4, 2.4);
      }
    });
    for (const which of ["pinned", "hover"]) {
      const one = state[which], x = one && numberOf(one.run, this.xName), y = one && numberOf(one.run, this.yName);
      if (!x || !y || !isFinite(x.values[one.neuron]) || !isFinite(y.values[one.neuron])) continue;
      context.beginPath();
      context.arc(plot.x(x.values[one.neuron]), plot.y(y.values[one.neuron]), 5, 0, 2 * Math.PI);
      context.lineWidth = 2;
      context.strokeStyle = themed(which === "pinned" ? "--strong" : "--accent");
      context.stroke();
    }
  }

  columns() {
    const columns = {};
    striate.runs.forEach((run) => {
      for (const name of [this.xName, this.yName]) columns[`${withUnits(numberOf(run, name))} of ${run.name}`] = Array.from(numberOf(run, name).values);
    });
    return columns;
  }
}

function addDistributions(parent) {
  const [run] = striate.runs, section = d3.select(parent).append("section").attr("class", "distributions");
  section.append("h2").text("Distributions");
  section.append("p").attr("class", "hint").text("Drag across a distribution, or move a selection with the arrow keys, to light neurons up everywhere. Black: macaque V1.");
  const has = (name) => numberOf(run, name), grid = section.append("div").attr("class", "grid");
  let shown = BESIDE_MACAQUE.filter(has);
  if (shown.length === 0) shown = run.numbers.slice(0, 3).map((one) => one.name);
  for (const name of shown) new Histogram(grid.node(), name);
  if (run.numbers.length > 1) {
    const [x, y] = has("nx") && has("ny") ? ["nx", "ny"] : [run.numbers[0].name, run.numbers[1].name];
    new Scatter(grid.node(), x, y);
  }
  const label = section.append("label").attr("class", "more");
  label.append("span").text("Add the distribution of ");
  const select = label.append("select").on("change", function () {
    if (!this.value) return;
    const name = this.value, added = new Histogram(grid.node(), name, () => added.view.node().closest("figure").remove());
    this.value = "";
  });
  select.append("option").attr("value", "").text("…");
  for (const { name } of run.numbers) if (!shown.includes(name)) select.append("option").attr("value", name).text(wordsOf(name).label);
}
