// Kernels that all places share: each as a picture, where it is active in a photograph, and how well photographs are coded.

const MOST_DRAWN = 1500; // places; more would hide the photograph

class Kernels {
  constructor(parent, run) {
    Object.assign(this, { run, kernel: -1, k: 0 });
    this.node = d3.select(parent).append("section").attr("class", "kernels");
    this.node.append("h2").text(`Kernels of ${run.population}, ${run.name}`);
    this.node.append("p").attr("class", "hint").text("Choose a kernel, by click or with the arrow keys, to see where it is active; choose a photograph by its point.");
    const row = this.node.append("div").attr("class", "kernel-row").node();
    this.mosaic = panel(row, `${run.n} kernels of ${run.kernels.values.shape[1]} × ${run.kernels.values.shape[2]} px`, null, () => this.kernelColumns()).view;
    if (run.photographs.length > 0) this.map = panel(row, "Where they are active", "", () => this.activeColumns());
    if (run.psnr.length > 0 && run.sparseness.length > 0) this.scatter = panel(row, "How well, how sparsely", null, () => ({ "PSNR [dB]": run.psnr, "active [%]": this.active() })).view;
    this.addMosaic();
    when(["size"], () => this.draw());
    this.draw();
  }

  active() { return this.run.sparseness.map((s) => 100 * (1 - s)); }

  addMosaic() {
    const [n, h, w] = this.run.kernels.values.shape, side = Math.max(22, Math.min(64, Math.floor(Math.sqrt((420 * 420) / n)) - 4));
    this.buttons = this.mosaic.append("div").attr("class", "mosaic").attr("role", "group").attr("aria-label", "Kernels").selectAll("button").data(d3.range(n)).enter().append("button").attr("type", "button").attr("aria-label", (k) => `Kernel ${k}`).attr("tabindex", (k) => (k === 0 ? 0 : -1)).on("click", (k) => this.choose(k));
    this.buttons.each((k, _, nodes) => addPicture(nodes[k], greyPicture(rowOf(this.run.kernels, k), w, h), "", side, ""));
    this.mosaic.on("keydown", () => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[d3.event.key];
      if (d3.event.key === "Escape") this.choose(-1);
      if (!step) return;
      d3.event.preventDefault();
      this.choose((this.kernel + step + n) % n);
      this.buttons.nodes()[this.kernel].focus();
    });
  }

  choose(kernel) {
    this.kernel = kernel === this.kernel ? -1 : kernel;
    this.draw();
  }

  draw() {
    this.buttons.attr("aria-pressed", (k) => String(k === this.kernel)).attr("tabindex", (k) => (k === Math.max(0, this.kernel) ? 0 : -1));
    if (this.map) this.drawMap();
    if (this.scatter) this.drawScatter();
  }

  // A point at the middle of each active kernel, the larger the more active; orange where activity is below 0.
  drawMap() {
    const { run, kernel } = this, photograph = run.photographs[this.k], { view, note } = this.map, [, h, w] = run.kernels.values.shape;
    const canvas = view.selectAll("canvas").data([0]).join("canvas").attr("role", "img").attr("aria-label", `Photograph ${this.k} with the places where kernels are active`).node();
    const width = Math.floor(view.node().clientWidth), scale = width / run.width, context = sizedContext(canvas, width, scale * run.height);
    context.imageSmoothingEnabled = false;
    if (photograph.frame) context.drawImage(greyPicture(rowOf(photograph.frame, 0), run.width, run.height), 0, 0, width, scale * run.height);
    const kernels = unpack(photograph.active.kernel), places = unpack(photograph.active.place), values = unpack(photograph.active.value), most = Math.abs(values[0]) || 1;
    let n = 0;
    for (let a = 0; a < kernels.length && n < MOST_DRAWN; ++a) {
      if (kernel >= 0 && kernels[a] !== kernel) continue;
      const row = (Math.floor(places[a] / run.cols) * run.stride + (h - 1) / 2) % run.height, col = ((places[a] % run.cols) * run.stride + (w - 1) / 2) % run.width;
      context.beginPath();
      context.arc((col + 0.5) * scale, (row + 0.5) * scale, 1 + (kernel < 0 ? 2 : 5) * Math.sqrt(Math.abs(values[a]) / most), 0, 2 * Math.PI);
      context.fillStyle = values[a] > 0 ? "rgba(0, 150, 255, 0.7)" : "rgba(255, 130, 0, 0.8)";
      context.fill();
      ++n;
    }
    const kept = kernels.length < photograph.active.n ? `, among the ${kernels.length} most active` : "";
    note.text(`Photograph ${this.k}: ${kernel < 0 ? `the ${n} most active of ${photograph.active.n} neurons` : `kernel ${kernel}, active at ${n} places${kept}`}. Blue: above 0; orange: below; the larger the more active.`);
  }

  drawScatter() {
    const { run } = this, active = this.active(), air = (values) => { const [low, high] = d3.extent(values), more = 0.1 * (high - low || 1); return [low - more, high + more]; };
    const plot = chart(this.scatter, { height: 300, x: d3.scaleLinear().domain(air(active)), y: d3.scaleLinear().domain(air(run.psnr.filter(isFinite))), xLabel: "active neurons [%]", yLabel: "PSNR [dB]", label: "PSNR against the part of neurons active; a point is a photograph" });
    plot.svg.attr("role", "group");
    const points = plot.g.selectAll("circle").data(run.psnr).enter().append("circle").attr("class", (_, k) => `photograph${k === this.k ? " chosen" : ""}${k < run.photographs.length ? " kept" : ""}`).attr("r", (_, k) => (k === this.k ? 7 : 5)).attr("cx", (_, k) => plot.x(active[k])).attr("cy", (psnr) => plot.y(psnr));
    points.filter((_, k) => k < run.photographs.length).attr("tabindex", 0).attr("role", "button").attr("aria-label", (psnr, k) => `Photograph ${k}, ${format(psnr)} dB`).on("click", (_, k) => this.show(k)).on("keydown", (_, k) => d3.event.key === "Enter" && this.show(k));
  }

  show(k) {
    this.k = k;
    this.draw();
  }

  kernelColumns() {
    const [n, h, w] = this.run.kernels.values.shape, columns = { kernel: [], row: [], col: [], value: [] };
    for (let k = 0; k < n; ++k) rowOf(this.run.kernels, k).forEach((v, i) => { columns.kernel.push(k); columns.row.push(Math.floor(i / w)); columns.col.push(i % w); columns.value.push(v); });
    return h > 0 ? columns : {};
  }

  activeColumns() {
    const { active } = this.run.photographs[this.k];
    return { kernel: Array.from(unpack(active.kernel)), place: Array.from(unpack(active.place)), activity: Array.from(unpack(active.value)) };
  }
}
