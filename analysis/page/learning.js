// Learning plays: fields and orientations at every snapshot, and the course of what was measured.

class Learning {
  constructor(parent, run) {
    this.run = run;
    this.k = run.snapshots.length - 1;
    this.node = d3.select(parent).append("section").attr("class", "time");
    this.node.append("h2").text(striate.runs.length > 1 ? `Learning, ${run.name}` : "Learning");
    this.addControls();
    const row = this.node.append("div").attr("class", "stage-row two").node();
    this.fields = panel(row, "Receptive fields", null, () => this.columns()).view;
    this.map = panel(row, "Orientation of each field", null, () => this.columns()).view;
    this.curves = this.node.append("div").attr("class", "grid").node();
    this.node.append("p").attr("class", "note").text("Orientation of each field by its structure tensor; colours as in the map. Blue: each batch; orange: frames never learned from; black: the least energy that any code of these can have. Error: |s − Φa|²/|s|².");
    when(["size"], () => this.draw());
    this.draw();
  }

  fieldsAt(k) { return this.run.snapshots[k].fields || this.run.fields; }

  addControls() {
    const controls = this.node.append("div").attr("class", "controls"), n = this.run.snapshots.length;
    this.button = controls.append("button").attr("type", "button").attr("class", "play").text("Play").on("click", () => this.toggle());
    const label = controls.append("label");
    label.append("span").text("Snapshot ");
    this.slider = label.append("input").attr("type", "range").attr("min", 0).attr("max", n - 1).attr("step", 1).property("value", n - 1).on("input", () => { this.stop(); this.at(Number(this.slider.property("value"))); });
    this.words = controls.append("output");
  }

  toggle() {
    if (this.playing) return this.stop();
    this.button.text("Pause");
    this.at(0);
    this.playing = setInterval(() => (this.k + 1 < this.run.snapshots.length ? this.at(this.k + 1) : this.stop()), 700);
    return undefined;
  }

  stop() {
    clearInterval(this.playing);
    this.playing = null;
    this.button.text("Play");
  }

  draw() {
    this.drawCurves();
    this.at(this.k);
  }

  at(k) {
    this.k = k;
    const { run } = this, snapshot = run.snapshots[k], orientation = unpack(snapshot.orientation);
    this.slider.property("value", k).attr("aria-valuetext", `${snapshot.batch} batches`);
    this.words.text(`${snapshot.batch} batches learned`);
    const mosaics = this.mosaics || (this.mosaics = []);
    if (!mosaics[k]) mosaics[k] = mosaicOf(run, this.fieldsAt(k));
    this.show(this.fields, mosaics[k], true, `Receptive fields after ${snapshot.batch} batches`);
    this.show(this.map, pixels(run.cols, run.rows, (i) => orientationColour(orientation[i])), false, `Orientations after ${snapshot.batch} batches`, orientation);
    for (const plot of this.plots) plot.head.attr("x1", plot.x(snapshot.batch)).attr("x2", plot.x(snapshot.batch));
  }

  show(view, picture, isSmooth, label, orientation) {
    const canvas = view.selectAll("canvas").data([0]).join("canvas").attr("role", "img").attr("aria-label", label).node();
    const width = Math.floor(view.node().clientWidth), height = (width * picture.height) / picture.width, context = sizedContext(canvas, width, height);
    context.imageSmoothingEnabled = isSmooth;
    context.drawImage(picture, 0, 0, width, height);
    if (orientation) drawGlyphs(context, this.run, orientation, width / this.run.cols);
  }

  drawCurves() {
    const { learning } = this.run;
    this.plots = [];
    d3.select(this.curves).selectAll("*").remove();
    if (!learning) return;
    const held = learning.held_out;
    this.addPlot("Energy", "energy", unpack(learning.energy), [["linear", held.batch, held.energy], ["least", held.batch, (held.optimal_energy || []).map((e) => (e > 0 ? e : NaN))]]);
    this.addPlot("Reconstruction error", "error", unpack(learning.reconstruction_error), []);
    for (const sense of learning.senses) this.addPlot(`Error of ${sense.name}`, "error", unpack(sense.reconstruction_error), []);
    this.addPlot("Active neurons", "active [%]", unpack(learning.active_fraction).map((f) => 100 * f), []);
    this.addPlot("Spikes", "spikes per presentation", unpack(learning.spikes_per_presentation), []);
    const dead = unpack(learning.dead_neurons);
    if (d3.max(dead) > 0) this.addPlot("Dead neurons", "dead neurons", dead, []);
    else if (dead.length > 0) d3.select(this.curves).append("p").attr("class", "note").text("No neuron was dead at any time: all were at least 1 % as active as the mean neuron.");
  }

  addPlot(title, yLabel, ys, points) {
    if (!ys.length || !(d3.max(ys) > 0)) return;
    const batch = unpack(this.run.learning.batch), all = [...ys, ...points.reduce((sum, p) => sum.concat(p[2]), [])].filter(isFinite);
    const { view } = panel(this.curves, title, null, () => ({ batch: Array.from(batch), [yLabel]: Array.from(ys) }));
    const plot = chart(view, { x: d3.scaleLinear().domain([0, d3.max(batch) + 1]), y: d3.scaleLinear().domain(title === "Energy" ? d3.extent(all) : [0, 1.05 * d3.max(all)]).nice(), xLabel: "batches learned", yLabel });
    const step = Math.ceil(batch.length / 600), some = d3.range(0, batch.length, step);
    addCurve(plot, some.map((k) => batch[k]), some.map((k) => d3.mean(ys.slice(k, k + step))), "own");
    for (const [className, xs, values] of points) addPoints(plot, xs, values, className);
    plot.head = plot.g.append("line").attr("class", "head").attr("y2", plot.h);
    this.plots.push(plot);
  }
}
