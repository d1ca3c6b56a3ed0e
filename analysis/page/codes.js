// Codes in the plane: a point is a frame, which it shows; the same frame is marked in every file.

// Ten classes told apart (Tableau 10), as in the figure; an eleventh is like the first.
const CLASS_COLOURS = ["#4e79a7", "#f28e2b", "#e15759", "#76b7b2", "#59a14f", "#edc948", "#b07aa1", "#ff9da7", "#9c755f", "#8a8a8a"];
const PLANES = [["tsne", "t-SNE"], ["components", "principal components"]];

const planesOfCodes = []; // one of each file

function labelsOf(all) {
  return Array.from(new Set(all.flatMap((codes) => Array.from(unpack(codes.label))))).sort(d3.ascending);
}

// The place of a held-out frame among the points of a file, or -1.
function placeOfFrame(codes, frame) {
  return unpack(codes.frame).indexOf(frame);
}

function isLit(label) {
  return state.classes === null || state.classes.has(label);
}

class Plane {
  constructor(parent, codes, labels) {
    Object.assign(this, { codes, labels, n: codes.frame.shape[0] });
    const parts = panel(parent, codes.name, "", () => this.columns());
    this.note = parts.note;
    this.stage = parts.view.append("div").attr("class", "stage plane").attr("tabindex", 0).attr("role", "application").attr("aria-roledescription", "scatter plot");
    this.base = this.stage.append("canvas").node();
    this.marks = this.stage.append("canvas").attr("class", "marks").node();
    this.listen();
    when(["size", "plane", "classes"], () => this.draw());
    when(["frame"], () => this.drawMark());
  }

  listen() {
    const node = this.stage.node();
    node.addEventListener("pointermove", (event) => {
      const box = this.base.getBoundingClientRect(), k = this.nearest(event.clientX - box.left, event.clientY - box.top, 12);
      if (k >= 0) change("frame", unpack(this.codes.frame)[k]);
    });
    node.addEventListener("keydown", (event) => this.walk(event));
  }

  // The lit point nearest to a place, within so many px, or -1.
  nearest(x, y, within, isMeant = () => true) {
    let best = -1, least = within * within;
    for (let k = 0; k < this.n; ++k) {
      const dx = this.x[k] - x, dy = this.y[k] - y, distance = dx * dx + dy * dy;
      if (distance < least && isLit(unpack(this.codes.label)[k]) && isMeant(dx, dy)) (best = k), (least = distance);
    }
    return best;
  }

  // To the nearest point that way.
  walk(event) {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!way) return;
    event.preventDefault();
    const here = placeOfFrame(this.codes, state.frame), from = here < 0 ? [this.width / 2, this.height / 2] : [this.x[here], this.y[here]];
    const k = this.nearest(from[0], from[1], Infinity, (dx, dy) => { const along = dx * way[0] + dy * way[1], across = Math.abs(dx * way[1] + dy * way[0]); return along > 0 && across <= along; });
    if (k < 0) return;
    change("frame", unpack(this.codes.frame)[k]);
    say(this.words(k));
  }

  words(k) {
    const { codes } = this, [frame, label, fired, active] = [codes.frame, codes.label, codes.fired, codes.active].map((array) => unpack(array)[k]);
    return `Frame ${frame}, class ${label}: ${codes.maker === "spikes" ? `${fired} spikes, ` : ""}${active} of ${codes.size} ${codes.maker === "frames" ? "pixels" : "neurons"} active.`;
  }

  draw() {
    const points = unpack(this.codes.planes[state.plane]), label = unpack(this.codes.label);
    this.width = Math.min(Math.floor(this.stage.node().parentNode.clientWidth) - 2, 560);
    this.height = this.width;
    const axis = (c) => d3.range(this.n).map((k) => points[2 * k + c]), across = axis(0), up = axis(1), [west, east] = d3.extent(across), [south, north] = d3.extent(up);
    const scale = (0.94 * this.width) / (Math.max(east - west, north - south) || 1);
    this.x = across.map((v) => this.width / 2 + scale * (v - (west + east) / 2));
    this.y = up.map((v) => this.height / 2 - scale * (v - (south + north) / 2));
    const context = sizedContext(this.base, this.width, this.height);
    for (const lit of [false, true])
      for (let k = 0; k < this.n; ++k) if (isLit(label[k]) === lit) this.drawPoint(context, k, lit ? CLASS_COLOURS[this.labels.indexOf(label[k]) % 10] : themed("--faint"));
    if (state.plane === "tsne") this.drawLabels(context);
    const shown = PLANES.find(([plane]) => plane === state.plane)[1];
    this.stage.attr("aria-label", `${this.n} held-out codes of ${this.codes.name}, ${shown}. Arrow keys go to the nearest point that way.`);
    this.note.text(state.plane === "tsne" ? `t-SNE of ${this.n} held-out codes: silhouette ${format(this.codes.silhouette)}, purity ${format(this.codes.purity)}.` : `First two principal components of ${this.n} held-out codes.`);
    this.drawMark();
  }

  drawPoint(context, k, colour) {
    context.fillStyle = colour;
    context.beginPath();
    context.arc(this.x[k], this.y[k], 2.2, 0, 2 * Math.PI);
    context.fill();
  }

  // Each class amid its points, ringed with paper.
  drawLabels(context) {
    const label = unpack(this.codes.label), median = (values) => d3.quantile(values.sort(d3.ascending), 0.5);
    context.font = 'bold 14px "DejaVu Sans", Verdana, sans-serif';
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineWidth = 4;
    context.lineJoin = "round";
    context.strokeStyle = themed("--paper");
    context.fillStyle = themed("--ink");
    for (const one of this.labels) {
      const own = d3.range(this.n).filter((k) => label[k] === one);
      if (own.length === 0) continue;
      const at = [median(own.map((k) => this.x[k])), median(own.map((k) => this.y[k]))];
      context.strokeText(one, ...at);
      context.fillText(one, ...at);
    }
  }

  drawMark() {
    const context = sizedContext(this.marks, this.width, this.height), k = placeOfFrame(this.codes, state.frame);
    if (k < 0) return;
    for (const [width, colour] of [[5, themed("--paper")], [2.5, themed("--strong")]]) {
      context.lineWidth = width;
      context.strokeStyle = colour;
      context.beginPath();
      context.arc(this.x[k], this.y[k], 7, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  columns() {
    const points = unpack(this.codes.planes[state.plane]), all = d3.range(this.n);
    return { frame: Array.from(unpack(this.codes.frame)), class: Array.from(unpack(this.codes.label)), spikes: Array.from(unpack(this.codes.fired)), active: Array.from(unpack(this.codes.active)), x: all.map((k) => points[2 * k]), y: all.map((k) => points[2 * k + 1]) };
  }
}

// The frame that is looked at, and what each file makes of it.
class FrameShown {
  constructor(parent) {
    this.node = d3.select(parent).append("div").attr("class", "shown-frame");
    when(["frame"], () => this.draw());
    this.draw();
  }

  draw() {
    this.node.selectAll("*").remove();
    const at = planesOfCodes.map((plane) => ({ plane, k: placeOfFrame(plane.codes, state.frame) })).filter((one) => one.k >= 0);
    if (at.length === 0) return void this.node.append("p").attr("class", "note").text("Point at a code to see its frame.");
    const { codes } = at[0].plane;
    this.node.append("p").append("b").text(`Frame ${state.frame}, class ${unpack(codes.label)[at[0].k]}`);
    const shown = at.find((one) => one.plane.codes.senses.some((sense) => one.k < sense.n));
    if (shown) this.drawFrames(shown.plane.codes, shown.k);
    else this.node.append("p").attr("class", "note").text(codes.why_no_frames ? `Its frame cannot be drawn: ${codes.why_no_frames}` : "Its frame is not kept in the page: there is room for the first ones only.");
    for (const { plane, k } of at) this.node.append("p").text(`${planesOfCodes.length > 1 ? `${plane.codes.name}: ` : ""}${plane.words(k).replace(/^.*?: /, "")}`);
  }

  drawFrames(codes, k) {
    const pictures = this.node.append("div").attr("class", "pictures").node();
    for (const sense of codes.senses) {
      const [, h, w] = sense.pixels.values.shape;
      addPicture(pictures, greyPicture(rowOf(sense.pixels, k), w, h), sense.name, 112, sense.name ? `What was ${sense.name}, frame ${state.frame}` : `Frame ${state.frame}`);
    }
  }
}

function addPlaneChoice(parent) {
  const form = d3.select(parent).append("fieldset").attr("class", "layers");
  form.append("legend").text("Plane");
  for (const [plane, words] of PLANES) {
    const label = form.append("label").attr("class", "choice");
    label.append("input").attr("type", "radio").attr("name", "plane").attr("value", plane).property("checked", plane === state.plane).on("change", () => change("plane", plane));
    label.append("span").text(words);
  }
}

// A click on a class lights it alone, or with those that are lit.
function addClassChoice(parent, labels) {
  const form = d3.select(parent).append("fieldset").attr("class", "layers classes");
  form.append("legend").text("Classes");
  const buttons = form.selectAll("button").data(labels).enter().append("button").attr("type", "button").on("click", (label) => {
    const lit = new Set(state.classes || []);
    if (!lit.delete(label)) lit.add(label);
    change("classes", lit.size > 0 ? lit : null);
  });
  buttons.append("span").attr("class", "spot").style("background", (_, k) => CLASS_COLOURS[k % 10]);
  buttons.append("span").text((label) => label);
  const draw = () => buttons.attr("aria-pressed", (label) => String(state.classes !== null && state.classes.has(label)));
  when(["classes"], draw);
  draw();
}

function addCodes(root) {
  const section = d3.select(root).append("section").attr("class", "codes"), labels = labelsOf(striate.codes);
  section.append("h2").text("Codes in the plane");
  section.append("p").attr("class", "hint").text("A point is a held-out code: point at it, or go there with the arrow keys, to see its frame. The same frame is marked in every file.");
  const bar = section.append("div").attr("class", "bar").node();
  addPlaneChoice(bar);
  addClassChoice(bar, labels);
  const row = section.append("div").attr("class", "code-row"), planes = row.append("div").attr("class", "planes").node();
  planesOfCodes.push(...striate.codes.map((codes) => new Plane(planes, codes, labels)));
  for (const plane of planesOfCodes) plane.draw(); // once all have their room
  new FrameShown(row.node());
}
