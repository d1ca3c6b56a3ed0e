// A presentation plays: the frame, spikes on the sheet as they come, and the frame as rebuilt so far.

const GLOW = 8; // for how long a spike lights its neuron up [ms]

// Spikes of presentation k, in order of time.
function spikesOf(run, k) {
  const all = run.presentations, kept = all.spikes || (all.spikes = []);
  if (!kept[k]) kept[k] = d3.range(all.first[k], all.first[k + 1]).map((s) => ({ time: unpack(all.time)[s], neuron: unpack(all.neuron)[s] }));
  return kept[k];
}

function codeOf(run, k) {
  const n = run.rows * run.cols;
  return unpack(run.presentations.codes).subarray(k * n, (k + 1) * n);
}

// The code as far as its spikes have come by time t: of each activity the part of its neuron's spikes; of neurons that
// did not fire, whose activity is read from their integrators, the part of the time.
function codeSoFar(run, k, t) {
  const code = codeOf(run, k), fired = new Map(), T = run.presentations.T, active = [];
  for (const spike of spikesOf(run, k)) {
    const one = fired.get(spike.neuron) || fired.set(spike.neuron, { all: 0, now: 0 }).get(spike.neuron);
    ++one.all;
    if (spike.time <= t) ++one.now;
  }
  code.forEach((a, neuron) => {
    if (a === 0) return;
    const spikes = fired.get(neuron), part = spikes ? spikes.now / spikes.all : t / T;
    if (part > 0) active.push({ neuron, a: a * part });
  });
  return active;
}

function rebuilt(run, active) {
  const frame = new Float32Array(run.height * run.width);
  for (const { neuron, a } of active) addField(run, neuron, a, frame);
  return frame;
}

function frameOf(run, k) {
  const size = run.height * run.width;
  return run.presentations.frames && unpack(run.presentations.frames).subarray(k * size, (k + 1) * size);
}

// {error, energy} of a code: |s - Phi a|^2 / |s|^2, and 1/2 |s - Phi a|^2 + lambda'a where the energy has no other term.
function measuresOf(run, k, active) {
  const frame = frameOf(run, k), sum = rebuilt(run, active), lambda = numberOf(run, "lambda");
  const left = d3.sum(frame, (s, i) => (s - sum[i]) ** 2), error = left / d3.sum(frame, (s) => s * s);
  const isWhole = lambda && run.kappa === 0 && run.delta === 0;
  return { error, energy: isWhole ? 0.5 * left + d3.sum(active, ({ neuron, a }) => lambda.values[neuron] * Math.abs(a)) : NaN };
}

class Player {
  constructor(parent, run) {
    this.run = run;
    this.k = 0;
    this.t = run.presentations.T;
    this.node = d3.select(parent).append("section").attr("class", "time");
    this.node.append("h2").text(striate.runs.length > 1 ? `A presentation, ${run.name}` : "A presentation");
    this.addThumbnails();
    this.addControls();
    const row = this.node.append("div").attr("class", "stage-row").node();
    if (run.presentations.frames) this.frame = panel(row, "Frame", null, () => this.pixelColumns(frameOf(run, this.k))).view;
    this.sheet = panel(row, "Spikes on the sheet", null, () => this.spikeColumns()).view;
    if (this.hasCode()) this.sum = panel(row, "Rebuilt so far", null, () => this.pixelColumns(rebuilt(run, codeSoFar(run, this.k, this.t)))).view;
    this.raster = panel(row, "Spikes, by first spike", null, () => this.spikeColumns()).view;
    if (this.hasMeasures()) this.course = panel(row, "What is not yet explained", null, () => ({ "time [ms]": this.times(), "error": this.errors, energy: this.energies })).view;
    this.note = this.node.append("p").attr("class", "note");
    when(["presentation"], () => state.presentation.run === run && this.choose(state.presentation.k));
    when(["size"], () => this.drawAll());
    this.drawAll();
  }

  hasCode() { return Boolean(this.run.fields && this.run.presentations.codes); }
  hasMeasures() { return this.hasCode() && Boolean(this.run.presentations.frames) && !this.run.has_channels; }
  times() { return d3.range(0, 61).map((k) => (k * this.run.presentations.T) / 60); }

  addThumbnails() {
    const { run } = this, row = this.node.append("div").attr("class", "thumbnails").attr("role", "group").attr("aria-label", "Presentations");
    this.thumbnails = row.selectAll("button").data(run.presentations.number).enter().append("button").attr("type", "button").attr("aria-label", (p) => `Presentation ${p}`).on("click", (_, k) => this.choose(k));
    this.thumbnails.each(function (p, k) {
      if (run.presentations.frames) addPicture(this, framePicture(run, k), "", 44, "");
      else d3.select(this).attr("class", "named").text(p);
    });
  }

  addControls() {
    const controls = this.node.append("div").attr("class", "controls"), { T } = this.run.presentations;
    this.button = controls.append("button").attr("type", "button").attr("class", "play").text("Play").on("click", () => this.toggle());
    const label = controls.append("label");
    label.append("span").text("Time ");
    this.slider = label.append("input").attr("type", "range").attr("min", 0).attr("max", T).attr("step", T / 200).property("value", T).on("input", () => { this.stop(); this.at(Number(this.slider.property("value"))); });
    this.words = controls.append("output");
  }

  choose(k) {
    this.k = k;
    this.drawAll();
    this.stop();
    this.play();
  }

  toggle() { this.playing ? this.stop() : this.play(); }

  play() {
    const { T } = this.run.presentations, begin = performance.now(), from = this.t >= T ? 0 : this.t;
    this.button.text("Pause");
    this.playing = d3.timer(() => {
      const t = from + ((performance.now() - begin) / 5000) * T;
      if (t >= T) this.stop();
      this.at(Math.min(t, T));
    });
  }

  stop() {
    if (this.playing) this.playing.stop();
    this.playing = null;
    this.button.text("Play");
  }

  drawAll() {
    this.thumbnails.attr("aria-pressed", (_, k) => String(k === this.k));
    if (this.frame) this.frame.html("").each((_, __, [node]) => addPicture(node, framePicture(this.run, this.k), "", 200, "The frame that was shown"));
    this.drawRaster();
    if (this.hasMeasures()) this.drawCourse();
    this.at(this.t);
    this.note.text(this.caption());
  }

  at(t) {
    this.t = t;
    this.slider.property("value", t);
    const n = spikesOf(this.run, this.k).filter((spike) => spike.time <= t).length;
    this.words.text(`${t.toFixed(1)} ms, ${n} spikes`);
    this.drawSheet();
    if (this.sum) this.sum.html("").each((_, __, [node]) => addPicture(node, greyPicture(rebuilt(this.run, codeSoFar(this.run, this.k, t)), this.run.width, this.run.height), "", 200, "The frame as rebuilt so far"));
    for (const plot of [this.plot, this.coursePlot]) if (plot) plot.head.attr("x1", plot.x(t)).attr("x2", plot.x(t));
  }

  // Each neuron glows after its spike, in the colour of its orientation.
  drawSheet() {
    const { run, t } = this, n = run.rows * run.cols, light = new Float32Array(n), orientation = numberOf(run, "preferred_orientation");
    for (const { time, neuron } of spikesOf(run, this.k)) if (time <= t) light[neuron] = Math.max(light[neuron], 0.12, Math.exp((time - t) / GLOW));
    const paper = d3.rgb(themed("--tint")), dark = [paper.r, paper.g, paper.b];
    const picture = pixels(run.cols, run.rows, (i) => {
      const colour = orientation ? orientationColour(orientation.values[i]) : [0, 114, 178];
      return dark.map((d, c) => d + light[i] * (colour[c] - d));
    });
    this.sheet.html("");
    addPicture(this.sheet.node(), picture, "", 200, "Neurons that fire");
  }

  drawRaster() {
    const { run } = this, spikes = spikesOf(run, this.k), rank = new Map(), orientation = numberOf(run, "preferred_orientation");
    for (const spike of spikes) if (!rank.has(spike.neuron)) rank.set(spike.neuron, rank.size);
    const plot = chart(this.raster, { height: 228, x: d3.scaleLinear().domain([0, run.presentations.T]), y: d3.scaleLinear().domain([0, Math.max(1, rank.size)]), xLabel: "time since the presentation began [ms]", yLabel: "neuron, by first spike", label: `${spikes.length} spikes of ${rank.size} neurons` });
    this.raster.selectAll("canvas").remove();
    const canvas = this.raster.insert("canvas", "svg").attr("class", "points").style("left", `${plot.left}px`).style("top", `${plot.top}px`).node();
    const context = sizedContext(canvas, plot.w, plot.h), tick = Math.max(1.5, Math.min(9, (0.8 * plot.h) / (rank.size || 1)));
    for (const { time, neuron } of spikes) {
      context.fillStyle = orientation ? css(orientationColour(orientation.values[neuron])) : themed("--model");
      context.fillRect(plot.x(time) - 0.7, plot.y(rank.get(neuron) + 0.5) - tick / 2, 1.6, tick);
    }
    plot.head = plot.g.append("line").attr("class", "head").attr("y2", plot.h);
    this.plot = plot;
  }

  drawCourse() {
    const { run, k } = this, all = this.times().map((t) => measuresOf(run, k, codeSoFar(run, k, t)));
    this.errors = all.map((one) => one.error);
    this.energies = all.map((one) => one.energy);
    const hasEnergy = this.energies.every(isFinite), most = d3.max(hasEnergy ? [...this.errors, ...this.energies] : this.errors);
    const plot = chart(this.course, { height: 170, x: d3.scaleLinear().domain([0, run.presentations.T]), y: d3.scaleLinear().domain([0, 1.08 * most]), xLabel: "time since the presentation began [ms]", yLabel: hasEnergy ? "error, energy" : "error" });
    addCurve(plot, this.times(), this.errors, "own");
    if (hasEnergy) addCurve(plot, this.times(), this.energies, "linear");
    plot.head = plot.g.append("line").attr("class", "head").attr("y2", plot.h);
    this.coursePlot = plot;
  }

  caption() {
    const { run, k } = this, all = run.presentations, words = [`Presentation ${all.number[k]} (${all.held_out[k] ? "held out" : "training"})`];
    if (all.energy.length) words.push(`energy of its code ${format(all.energy[k])}`);
    if (all.psnr.length && isFinite(all.psnr[k])) words.push(`PSNR ${format(all.psnr[k])} dB`);
    if (all.sparseness.length) words.push(`${format(100 * (1 - all.sparseness[k]))} % of the neurons active`);
    const parts = [`${words.join(", ")}.`];
    if (numberOf(run, "preferred_orientation")) parts.push("Colour: preferred orientation.");
    if (this.hasCode()) parts.push(`Rebuilt so far: Φa, of each activity a the part of its neuron’s spikes that have come${run.has_channels ? ", the planes of all channels added up" : ""}.`);
    if (this.hasMeasures()) parts.push("Blue: error |s − Φa|²/|s|²; orange, where the energy has no other term: ½|s − Φa|² + λ′a.");
    if (run.senses.length > 0) parts.push(`Senses side by side: ${run.senses.join(", ")}.`);
    if (!all.frames && !run.sees_of) parts.push("Frames were not recorded: record.frames: true in the config keeps them.");
    return parts.join(" ");
  }

  spikeColumns() {
    const spikes = spikesOf(this.run, this.k);
    return { "time [ms]": spikes.map((s) => s.time), neuron: spikes.map((s) => s.neuron) };
  }

  pixelColumns(values) {
    const { width } = this.run;
    return { row: Array.from(values, (_, k) => Math.floor(k / width)), col: Array.from(values, (_, k) => k % width), value: Array.from(values) };
  }
}
