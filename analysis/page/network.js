// Circuits and composed networks: who projects to whom, spikes that zoom, rates, recorded variables, and what reached a
// neuron before its spike.

const POPULATION_COLOURS = ["#0072b2", "#d55e00", "#009e73", "#b05f91", "#8a6800", "#3a86b0", "#6b6b6b"];
const BEFORE = 20; // ms before a spike in which inputs are looked for

// [{from, to, name, delay, weight, connect}], one for each pair of populations.
function edgesOf(network) {
  const edges = [];
  for (const one of network.projections)
    for (const to of [].concat(one.to)) edges.push(Object.assign({}, one, { to }));
  for (const one of network.populations) if (one.sees_of) edges.push({ name: "sees", from: one.sees_of, to: one.name, delay: "", weight: "", connect: "its activity as a frame" });
  const known = new Set(network.populations.map((one) => one.name));
  return edges.filter((edge) => known.has(edge.from) && known.has(edge.to));
}

// How many projections lie before each population, those left out that close a circle: what nobody projects to comes first.
function depths(network, edges) {
  const names = network.populations.map((one) => one.name), back = edgesThatCloseCircles(names, edges);
  const depth = new Map(names.map((name) => [name, 0]));
  for (let pass = 0; pass < names.length; ++pass)
    for (const edge of edges) if (!back.has(edge)) depth.set(edge.to, Math.max(depth.get(edge.to), depth.get(edge.from) + 1));
  return depth;
}

// Walks on from what nobody projects to; an edge that leads to where the walk has come from closes a circle.
function edgesThatCloseCircles(names, edges) {
  const back = new Set(), done = new Set(), onTheWay = new Set();
  const walk = (name) => {
    if (done.has(name)) return;
    onTheWay.add(name);
    for (const edge of edges.filter((one) => one.from === name)) onTheWay.has(edge.to) ? back.add(edge) : walk(edge.to);
    onTheWay.delete(name);
    done.add(name);
  };
  const isReached = (name) => edges.some((edge) => edge.to === name && edge.from !== name);
  names.filter((name) => !isReached(name)).forEach(walk);
  names.forEach(walk);
  return back;
}

class Network {
  constructor(parent, network) {
    Object.assign(this, { network, edges: edgesOf(network), window: [0, network.length], spike: null });
    this.colour = d3.scaleOrdinal().domain(network.populations.map((one) => one.name)).range(POPULATION_COLOURS);
    this.node = d3.select(parent).append("section").attr("class", "network");
    this.node.append("h2").text(`Network, ${network.name}`);
    this.addGraph();
    this.addRasters();
    when(["size"], () => this.draw());
    this.draw();
  }

  population(name) { return this.network.populations.find((one) => one.name === name); }

  draw() {
    this.drawGraph();
    this.drawEdge();
    this.drawTime();
    this.drawBefore();
  }

  // ---- the graph

  addGraph() {
    const row = this.node.append("div").attr("class", "graph-row").node();
    this.graph = panel(row, "Populations and projections", null, () => ({ name: this.edges.map((e) => e.name), from: this.edges.map((e) => e.from), to: this.edges.map((e) => e.to), delay: this.edges.map((e) => e.delay), weight: this.edges.map((e) => e.weight) })).view;
    const side = d3.select(row).append("div").attr("class", "side");
    side.append("h3").text("Projections");
    this.list = side.append("div").attr("class", "list").attr("role", "group").attr("aria-label", "Projections");
    this.about = side.append("div");
    this.edge = this.edges[0] || null;
    this.list.selectAll("button").data(this.edges).enter().append("button").attr("type", "button").text((e) => `${e.name}: ${e.from} → ${e.to}`).on("click", (e) => { this.edge = e; this.drawGraph(); this.drawEdge(); });
  }

  drawGraph() {
    const { network, edges } = this, depth = depths(network, edges), columns = d3.nest().key((one) => depth.get(one.name)).sortKeys((a, b) => a - b).entries(network.populations);
    const width = Math.max(300, this.graph.node().clientWidth), tall = d3.max(columns, (c) => c.values.length), height = Math.max(150, 92 * tall + 30);
    const boxWidth = Math.min(150, (width - 20) / columns.length - 46), boxHeight = 52, places = new Map();
    columns.forEach((column, c) => column.values.forEach((one, r) => places.set(one.name, { one, x: ((c + 0.5) * width) / columns.length, y: ((r + 0.5) * height) / column.values.length })));
    this.graph.selectAll("svg").remove();
    const svg = this.graph.append("svg").attr("width", width).attr("height", height).attr("role", "img").attr("aria-label", `${network.populations.length} populations and ${edges.length} projections; the same as a list beside it`);
    const arrow = svg.append("defs").append("marker").attr("id", "arrow").attr("viewBox", "0 0 8 8").attr("refX", 7).attr("refY", 4).attr("markerUnits", "userSpaceOnUse").attr("markerWidth", 9).attr("markerHeight", 9).attr("orient", "auto");
    arrow.append("path").attr("class", "arrow").attr("d", "M0,0L8,4L0,8z");
    edges.forEach((edge) => svg.append("path").datum(edge).attr("class", `edge${edge === this.edge ? " chosen" : ""}`).attr("marker-end", "url(#arrow)").attr("d", pathOf(places.get(edge.from), places.get(edge.to), boxWidth, boxHeight)).on("click", () => { this.edge = edge; this.drawGraph(); this.drawEdge(); }));
    const boxes = svg.selectAll(".population").data(Array.from(places.values())).enter().append("g").attr("class", "population").attr("transform", (p) => `translate(${p.x - boxWidth / 2},${p.y - boxHeight / 2})`);
    boxes.append("rect").attr("width", boxWidth).attr("height", boxHeight).attr("rx", 4).attr("stroke", (p) => this.colour(p.one.name));
    boxes.append("text").attr("class", "name").attr("x", 9).attr("y", 17).text((p) => p.one.name);
    boxes.append("text").attr("x", 9).attr("y", 32).text((p) => `${p.one.size} ${p.one.kind}`);
    boxes.append("text").attr("x", 9).attr("y", 46).text((p) => (p.one.has_spikes ? `${format(this.rateOf(p.one))} Hz` : "spikes not recorded"));
  }

  rateOf(one) {
    return (1e3 * one.n_spikes) / (one.size * this.network.duration);
  }

  drawEdge() {
    const { edge, network } = this;
    this.list.selectAll("button").attr("aria-pressed", (e) => String(e === edge));
    this.about.html("");
    if (!edge) return;
    const facts = this.about.append("dl").attr("class", "facts-list");
    const add = (name, value) => value && facts.append("div").html("").call((row) => { row.append("dt").text(name); row.append("dd").text(value); });
    add("connected", edge.connect);
    add("weight", edge.weight);
    add("delay", edge.delay);
    const synapses = network.synapses.find((one) => one.projection === edge.name && one.to === edge.to);
    if (!synapses) {
      this.about.append("p").attr("class", "note").text(edge.name === "sees" ? "" : `Its synapses were not recorded: record.weights: [${edge.name}] keeps them.`);
      return;
    }
    add("synapses", `${synapses.n}${synapses.every > 1 ? `, every ${synapses.every}th kept here` : ""}`);
    distribution(this.about.node(), "Weights at the end", unpack(synapses.weight), `weight${synapses.units === "1" ? "" : ` [${synapses.units}]`}`);
    if (d3.extent(unpack(synapses.delay))[0] < d3.extent(unpack(synapses.delay))[1]) distribution(this.about.node(), "Delays", unpack(synapses.delay), "delay [ms]");
  }

  // ---- in time

  addRasters() {
    const { network } = this;
    this.node.append("h3").text("Spikes");
    this.hint = this.node.append("p").attr("class", "hint").text("Wheel or + and − zoom, drag or the arrow keys move, all panels together. Click near a spike, or go to the next with Enter, to see what reached its neuron before, and what does on average.");
    this.zoomed = this.node.append("div").attr("class", "zoomed").attr("tabindex", 0).attr("role", "application").attr("aria-label", "Spikes, rates and recorded variables. Plus and minus zoom, arrow keys move, Enter goes to the next spike.");
    this.rasters = network.populations.filter((one) => one.has_spikes).map((one) => ({ one, view: panel(this.zoomed.node(), `${one.name}, ${one.size} ${one.kind}`, null, () => this.spikeColumns(one)).view }));
    this.states = network.states.map((one) => ({ one, view: panel(this.zoomed.node(), `${one.variable} of ${one.population}`, null, () => this.stateColumns(one)).view }));
    this.note = this.node.append("p").attr("class", "note");
    this.before = this.node.append("div").attr("class", "grid before");
    this.listen();
  }

  listen() {
    const node = this.zoomed.node();
    node.addEventListener("wheel", (event) => {
      if (!event.target.closest(".view")) return;
      event.preventDefault();
      this.zoom(Math.exp(0.0015 * event.deltaY), this.timeAt(event));
    }, { passive: false });
    let grabbed = null;
    node.addEventListener("pointerdown", (event) => event.target.closest(".view") && (grabbed = { x: event.clientX, window: this.window, moved: false }));
    window.addEventListener("pointermove", (event) => {
      if (!grabbed || !this.plotWidth) return;
      const shift = ((event.clientX - grabbed.x) / this.plotWidth) * (grabbed.window[1] - grabbed.window[0]);
      if (Math.abs(event.clientX - grabbed.x) > 3) grabbed.moved = true;
      if (grabbed.moved) this.look([grabbed.window[0] - shift, grabbed.window[1] - shift]);
    });
    window.addEventListener("pointerup", (event) => {
      if (grabbed && !grabbed.moved) this.pick(event);
      grabbed = null;
    });
    node.addEventListener("keydown", (event) => {
      const [from, to] = this.window, step = 0.2 * (to - from);
      const actions = { "+": () => this.zoom(0.6), "=": () => this.zoom(0.6), "-": () => this.zoom(1 / 0.6), ArrowLeft: () => this.look([from - step, to - step]), ArrowRight: () => this.look([from + step, to + step]), Enter: () => this.pickNext(), Escape: () => { this.show(null); this.look([0, this.network.length]); } };
      if (!actions[event.key]) return;
      event.preventDefault();
      actions[event.key]();
    });
  }

  timeAt(event) {
    const svg = this.zoomed.select("svg").node(), x = event.clientX - svg.getBoundingClientRect().left - this.plotLeft;
    return this.window[0] + (x / this.plotWidth) * (this.window[1] - this.window[0]);
  }

  zoom(factor, centre = (this.window[0] + this.window[1]) / 2) {
    this.look(this.window.map((t) => centre + factor * (t - centre)));
  }

  look([from, to]) {
    const { length } = this.network, width = Math.max(length / 5000, Math.min(length, to - from)), start = Math.max(0, Math.min(length - width, from));
    this.window = [start, start + width];
    if (!this.isWaiting) requestAnimationFrame(() => { this.isWaiting = false; this.drawTime(); });
    this.isWaiting = true;
  }

  // The spike nearest to the pointer.
  pick(event) {
    const raster = this.rasters.find(({ view }) => view.node().contains(event.target));
    if (!raster || !raster.plot) return;
    const box = raster.view.select("svg").node().getBoundingClientRect(), t = this.timeAt(event), neuron = raster.plot.y.invert(event.clientY - box.top - raster.plot.top);
    const times = unpack(raster.one.time), neurons = unpack(raster.one.neuron), px = (this.window[1] - this.window[0]) / this.plotWidth, row = raster.one.size / raster.plot.h;
    let best = -1, least = 100;
    for (let k = d3.bisectLeft(times, t - 10 * px); k < times.length && times[k] < t + 10 * px; ++k) {
      const d = ((times[k] - t) / px) ** 2 + ((neurons[k] - neuron) / row) ** 2;
      if (d < least) (least = d), (best = k);
    }
    this.show(best < 0 ? null : { population: raster.one.name, neuron: neurons[best], time: times[best] });
  }

  // The next spike after the one that is picked, of the same population.
  pickNext() {
    const one = this.spike ? this.population(this.spike.population) : (this.rasters[0] || {}).one;
    if (!one) return;
    const times = unpack(one.time), k = d3.bisectRight(times, this.spike ? this.spike.time : this.window[0]);
    if (k < times.length) this.show({ population: one.name, neuron: unpack(one.neuron)[k], time: times[k] });
    say(this.note.text());
  }

  show(spike) {
    this.spike = spike;
    this.drawTime();
    this.drawBefore();
  }

  // All spikes that are known to have reached a neuron, as they arrived.
  arrivalsAt(population, neuron) {
    const key = `${population} ${neuron}`;
    if (this.arrivals && this.arrivals.key === key) return this.arrivals.all;
    const all = [];
    for (const synapses of this.network.synapses.filter((one) => one.to === population)) {
      const from = this.population(synapses.from), [source, target, weight, delay] = ["source", "target", "weight", "delay"].map((name) => unpack(synapses[name]));
      if (!from || !from.has_spikes) continue;
      const of = d3.range(target.length).filter((k) => target[k] === neuron), bySource = new Map();
      for (const k of of) bySource.set(source[k], (bySource.get(source[k]) || []).concat(k));
      unpack(from.time).forEach((time, s) => {
        const sender = unpack(from.neuron)[s];
        for (const k of bySource.get(sender) || []) all.push({ population: from.name, neuron: sender, time, arrival: time + delay[k], weight: weight[k], units: synapses.units, every: synapses.every });
      });
    }
    all.sort((a, b) => a.arrival - b.arrival);
    this.arrivals = { key, all };
    return all;
  }

  // Of these, in the last ms before a spike.
  inputsBefore({ population, neuron, time }) {
    const all = this.arrivalsAt(population, neuron), arrived = d3.bisector((one) => one.arrival);
    return all.slice(arrived.right(all, time - BEFORE), arrived.right(all, time));
  }

  inputs() {
    return this.spike ? this.inputsBefore(this.spike) : [];
  }

  // Spike-triggered average of a neuron's inputs: the weight that arrives in each ms before its spikes, by population; and
  // what arrives in a ms at any time. Spikes before which arrivals may be missing are left out.
  averageBefore({ population, neuron }) {
    const all = this.arrivalsAt(population, neuron), one = this.population(population), from = BEFORE + (d3.max(all, (arrival) => arrival.arrival - arrival.time) || 0);
    const times = Array.from(unpack(one.time)).filter((t, k) => unpack(one.neuron)[k] === neuron && t >= from);
    return Array.from(new Set(all.map((arrival) => arrival.population)), (name) => {
      const sums = new Float64Array(BEFORE), own = all.filter((arrival) => arrival.population === name);
      for (const time of times) for (const arrival of this.inputsBefore({ population, neuron, time })) if (arrival.population === name) sums[Math.min(BEFORE - 1, Math.floor(time - arrival.arrival))] += arrival.weight;
      return { name, units: own[0].units, every: own[0].every, n: times.length, before: Array.from(sums, (sum) => sum / times.length), anyTime: d3.sum(own, (arrival) => arrival.weight) / this.network.length };
    }).filter((average) => average.n > 0);
  }

  drawBefore() {
    const averages = this.spike ? this.averageBefore(this.spike) : [];
    this.before.selectAll("*").remove();
    for (const average of averages) this.drawAverage(average);
  }

  drawAverage({ name, units, every, n, before, anyTime }) {
    const ms = d3.range(BEFORE).map((k) => -(k + 0.5)), xLabel = "time before the spike [ms]", yLabel = `weight in 1 ms${units === "1" ? "" : ` [${units}]`}`;
    const { view } = panel(this.before.node(), `What arrives from ${name}`, `Mean before ${n} spikes of neuron ${this.spike.neuron} of ${this.spike.population}; dashed: at any time.${every > 1 ? ` Of every ${every}th synapse, which are kept here.` : ""}`, () => ({ [xLabel]: ms, [yLabel]: before, "at any time": before.map(() => anyTime) }));
    const plot = chart(view, { height: 170, x: d3.scaleLinear().domain([-BEFORE, 0]), y: d3.scaleLinear().domain(d3.extent([0, anyTime, ...before])).nice(), xLabel, yLabel });
    addCurve(plot, ms, before, "own");
    addPoints(plot, ms, before, "own");
    addCurve(plot, [-BEFORE, 0], [anyTime, anyTime], "linear");
  }

  drawTime() {
    const inputs = this.inputs();
    for (const raster of this.rasters) this.drawRaster(raster, inputs);
    for (const shown of this.states) this.drawState(shown);
    this.note.text(this.words(inputs));
  }

  words(inputs) {
    const { network, spike } = this;
    if (!spike) return `${format(network.length)} ms are kept here of ${format(network.duration)} ms; lines below spikes: mean rate in ${format((this.window[1] - this.window[0]) / 120)} ms.`;
    const units = inputs.length ? inputs[0].units : "";
    if (inputs.length === 0) return `Neuron ${spike.neuron} of ${spike.population} fired at ${format(spike.time)} ms. No spikes are known to have reached it in the ${BEFORE} ms before; synapses are known where record.weights names their projection.`;
    return `Neuron ${spike.neuron} of ${spike.population} fired at ${format(spike.time)} ms. In the ${BEFORE} ms before, ${inputs.length} spikes reached it (marked), of weights ${format(d3.sum(inputs, (one) => one.weight))} ${units === "1" ? "" : units} in all.`;
  }

  drawRaster(raster, inputs) {
    const { one, view } = raster, [from, to] = this.window, { start } = this.network;
    const x = d3.scaleLinear().domain([from + start, to + start]), y = d3.scaleLinear().domain([0, one.size]);
    const height = Math.min(220, 100 + one.size / 8), plot = chart(view, { height: height + 44, left: 62, x, y, xLabel: this.network.is_shown ? "time since the presentation began [ms]" : "time [ms]", yLabel: "neuron", yTicks: Math.min(3, one.size), yFormat: "d", label: `${one.n_spikes} spikes of ${one.name}` });
    raster.plot = plot;
    this.plotWidth = plot.w;
    this.plotLeft = plot.left;
    view.selectAll("canvas").remove();
    const canvas = view.insert("canvas", "svg").attr("class", "points").style("left", `${plot.left}px`).style("top", `${plot.top}px`).node(), context = sizedContext(canvas, plot.w, plot.h);
    const times = unpack(one.time), neurons = unpack(one.neuron), first = d3.bisectLeft(times, from), last = d3.bisectRight(times, to), tick = Math.max(1.4, Math.min(10, (0.8 * plot.h) / one.size));
    context.fillStyle = this.colour(one.name);
    context.globalAlpha = last - first > 20000 ? 0.35 : 0.85;
    for (let k = first; k < last; ++k) context.fillRect(x(times[k] + start) - 0.6, plot.h - ((neurons[k] + 0.5) / one.size) * plot.h - tick / 2, 1.3, tick);
    this.drawRate(plot, times, first, last, one);
    for (const input of inputs.filter((i) => i.population === one.name)) plot.g.append("circle").attr("class", input.weight < 0 ? "input inhibits" : "input").attr("r", 4).attr("cx", x(input.time + start)).attr("cy", y(input.neuron + 0.5));
    if (this.spike && this.spike.population === one.name) plot.g.append("circle").attr("class", "picked").attr("r", 6).attr("cx", x(this.spike.time + start)).attr("cy", y(this.spike.neuron + 0.5));
  }

  // Mean rate of a population in 120 bins of the window, as a line along the foot of its raster.
  drawRate(plot, times, first, last, one) {
    const [from, to] = this.window, n = 120, bin = (to - from) / n, counts = new Float64Array(n);
    for (let k = first; k < last; ++k) ++counts[Math.min(n - 1, Math.floor((times[k] - from) / bin))];
    const rates = Array.from(counts, (c) => (1e3 * c) / (bin * one.size)), most = d3.max(rates) || 1, y = d3.scaleLinear().domain([0, most]).range([plot.h, 0.55 * plot.h]);
    const xs = rates.map((_, k) => plot.x(from + this.network.start + (k + 0.5) * bin));
    plot.g.append("path").attr("class", "rate").attr("d", d3.line().x((_, k) => xs[k]).y((r) => y(r)).curve(d3.curveStepAfter)(rates));
    plot.g.append("text").attr("class", "label halo").attr("x", plot.w).attr("y", y(most) - 3).attr("text-anchor", "end").text(`rate, up to ${format(Number(most.toPrecision(3)))} Hz`);
  }

  drawState({ one, view }) {
    const [from, to] = this.window, { start } = this.network, n = one.neuron.length, data = unpack(one.data), rows = data.length / n;
    const first = Math.max(0, Math.floor((from - one.first) / one.step)), last = Math.min(rows, Math.ceil((to - one.first) / one.step) + 1);
    const part = data.subarray(first * n, last * n), plot = chart(view, { height: 190, left: 62, x: d3.scaleLinear().domain([from + start, to + start]), y: d3.scaleLinear().domain(d3.extent(part)).nice(), xLabel: this.network.is_shown ? "time since the presentation began [ms]" : "time [ms]", yLabel: `${one.variable}${one.units === "1" ? "" : ` [${one.units}]`}` });
    const step = Math.max(1, Math.floor((last - first) / 1500)), ks = d3.range(first, last, step), population = this.population(one.population);
    one.neuron.slice(0, 7).forEach((neuron, c) => {
      const colour = POPULATION_COLOURS[c];
      plot.g.append("path").attr("class", "curve state").attr("stroke", colour).attr("d", d3.line().x((k) => plot.x(one.first + k * one.step + start)).y((k) => plot.y(data[k * n + c]))(ks));
      plot.g.append("text").attr("class", "label").style("fill", colour).attr("x", 6 + 74 * c).attr("y", 4).text(`neuron ${neuron}`);
      if (population && population.has_spikes) {
        const times = unpack(population.time), neurons = unpack(population.neuron), fired = [];
        for (let k = d3.bisectLeft(times, from); k < times.length && times[k] <= to; ++k) if (neurons[k] === neuron) fired.push(times[k]);
        plot.g.selectAll(null).data(fired).enter().append("line").attr("class", "fired").attr("stroke", colour).attr("x1", (t) => plot.x(t + start)).attr("x2", (t) => plot.x(t + start)).attr("y1", 8).attr("y2", 18);
      }
    });
  }

  spikeColumns(one) {
    return { "time [ms]": Array.from(unpack(one.time), (t) => t + this.network.start), neuron: Array.from(unpack(one.neuron)) };
  }

  stateColumns(one) {
    const n = one.neuron.length, data = unpack(one.data), rows = data.length / n, columns = { "time [ms]": d3.range(rows).map((k) => one.first + k * one.step + this.network.start) };
    one.neuron.forEach((neuron, c) => (columns[`${one.variable} of neuron ${neuron}`] = d3.range(rows).map((k) => data[k * n + c])));
    return columns;
  }
}

// From the right of one box to the left of another; back above; to itself a loop.
function pathOf(a, b, width, height) {
  if (a === b) return `M${a.x + width / 4},${a.y - height / 2}c18,-34 -${width / 2 + 30},-34 -${width / 2 - 4},-3`;
  if (a.x < b.x) {
    const x1 = a.x + width / 2, x2 = b.x - width / 2 - 2, middle = (x1 + x2) / 2;
    return `M${x1},${a.y}C${middle},${a.y} ${middle},${b.y} ${x2},${b.y}`;
  }
  if (a.x > b.x) {
    const x1 = a.x - width / 2, x2 = b.x + width / 2 + 2, low = Math.max(a.y, b.y) + height * 0.75;
    return `M${x1},${a.y + 12}C${x1 - 40},${low} ${x2 + 40},${low} ${x2},${b.y + 12}`;
  }
  const side = a.y < b.y ? 1 : -1, x = a.x + side * (width / 2 - 14);
  return `M${x},${a.y + (side * height) / 2}C${x + side * 24},${(a.y + b.y) / 2} ${x + side * 24},${(a.y + b.y) / 2} ${x},${b.y - side * (height / 2 + 2)}`;
}

// A histogram of 30 bins.
function distribution(parent, title, values, xLabel) {
  const [low, high] = d3.extent(values), step = (high > low ? high - low : Math.abs(low) || 1) / 30, start = high > low ? low : low - 15 * step;
  const edges = d3.range(31).map((k) => start + k * step), counts = Array.from(fractionsIn(values, edges), (f) => f * values.length);
  const { view } = panel(parent, title, null, () => ({ from: edges.slice(0, -1), to: edges.slice(1), synapses: counts }));
  const plot = chart(view, { height: 150, x: d3.scaleLinear().domain([edges[0], edges[30]]), y: d3.scaleLinear().domain([0, d3.max(counts)]), xLabel, yLabel: "synapses", yTicks: 3 });
  plot.g.selectAll(".lit").data(counts).enter().append("rect").attr("class", "lit").attr("x", (_, k) => plot.x(edges[k])).attr("width", Math.max(1, plot.w / 30 - 1)).attr("y", (c) => plot.y(c)).attr("height", (c) => plot.h - plot.y(c));
}
