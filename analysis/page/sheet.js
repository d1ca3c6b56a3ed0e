// The sheet: every neuron in its place, in layers.

const CHIEF_LAYERS = ["preferred_orientation", "circular_variance", "F1_F0", "peak_spatial_frequency", "activity", "lambda"];

// What a sheet can be coloured by. values(run): a number for each neuron
function layersOf(run) {
  const layers = [];
  if (run.fields) layers.push({ id: "fields", label: "Receptive fields", isChief: true });
  if (run.map) layers.push({ id: "map", label: "Orientation map", units: "deg", circular: 180, isChief: true, values: (r) => r.map && unpack(r.map.orientation) });
  for (const { name, units } of run.numbers) {
    const circular = isOrientation(name) ? 180 : name === "gabor_phase" ? 360 : 0;
    layers.push({ id: name, label: wordsOf(name).label, units, circular, isChief: CHIEF_LAYERS.includes(name), values: (r) => (numberOf(r, name) || {}).values });
  }
  return layers.concat(lateralLayers(run));
}

function layerNow() {
  const layers = layersOf(striate.runs[0]);
  return layers.find((layer) => layer.id === state.layer) || layers[0];
}

// The field of neuron i in the whole frame, added to `frame` times `factor`.
function addField(run, i, factor, frame) {
  const [, h, w] = run.fields.values.shape, corner = unpack(run.fields.corner), values = unpack(run.fields.values);
  const scale = factor * unpack(run.fields.scale)[i];
  for (let r = 0; r < h; ++r) {
    const row = corner[2 * i] + r;
    if (row < 0 || row >= run.height) continue;
    for (let c = 0; c < w; ++c) {
      const col = corner[2 * i + 1] + c;
      if (col >= 0 && col < run.width) frame[row * run.width + col] += scale * values[(i * h + r) * w + c];
    }
  }
  return frame;
}

function productWithField(run, frame, i) {
  const [, h, w] = run.fields.values.shape, corner = unpack(run.fields.corner), values = unpack(run.fields.values);
  let sum = 0;
  for (let r = 0; r < h; ++r) {
    const row = corner[2 * i] + r;
    if (row < 0 || row >= run.height) continue;
    for (let c = 0; c < w; ++c) {
      const col = corner[2 * i + 1] + c;
      if (col >= 0 && col < run.width) sum += frame[row * run.width + col] * values[(i * h + r) * w + c];
    }
  }
  return sum * unpack(run.fields.scale)[i];
}

// All fields, each in its place, which is square, and scaled to its own largest value, with a gutter of one pixel.
function mosaicOf(run, fields) {
  const [, h, w] = run.fields.values.shape, values = unpack(fields.values), side = Math.max(h, w) + 1;
  const height = run.rows * side, width = run.cols * side;
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d"), image = context.createImageData(width, height);
  const grey = new Uint32Array(image.data.buffer);
  grey.fill(0xff808080);
  for (let i = 0; i < run.rows * run.cols; ++i) {
    const top = Math.floor(i / run.cols) * side + ((side - h) >> 1), left = (i % run.cols) * side + ((side - w) >> 1);
    for (let k = 0; k < h * w; ++k) {
      const v = Math.round(127.5 + (127.5 / 127) * values[i * h * w + k]);
      grey[(top + Math.floor(k / w)) * width + left + (k % w)] = 0xff000000 | (v << 16) | (v << 8) | v;
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

function pictureOfLayer(run, layer, scale) {
  if (layer.id === "fields") return run.mosaic || (run.mosaic = mosaicOf(run, run.fields));
  const values = layer.values(run) || [];
  return pixels(run.cols, run.rows, (k) => scale.colour(values[k] === undefined ? NaN : values[k]));
}

// Lines along the orientations, for those who do not see hues.
function drawGlyphs(context, run, values, cell) {
  context.beginPath();
  const half = 0.34 * cell;
  for (let i = 0; i < values.length; ++i) {
    if (!isFinite(values[i])) continue;
    const angle = (-values[i] * Math.PI) / 180, x = ((i % run.cols) + 0.5) * cell, y = (Math.floor(i / run.cols) + 0.5) * cell;
    context.moveTo(x - half * Math.cos(angle), y - half * Math.sin(angle));
    context.lineTo(x + half * Math.cos(angle), y + half * Math.sin(angle));
  }
  context.strokeStyle = "rgba(0, 0, 0, 0.75)";
  context.lineWidth = Math.max(1, cell / 9);
  context.stroke();
}

// White rings round black ones: +1 filled, -1 open.
function drawPinwheels(context, run, cell) {
  const places = unpack(run.map.pinwheels);
  for (let k = 0; k < places.length; k += 3) {
    context.beginPath();
    context.arc((places[k + 1] + 0.5) * cell, (places[k] + 0.5) * cell, Math.max(3, Math.min(5, 0.28 * cell)), 0, 2 * Math.PI);
    context.lineWidth = 3.5;
    context.strokeStyle = "#fff";
    context.stroke();
    context.lineWidth = 1.5;
    context.strokeStyle = "#000";
    context.stroke();
    if (places[k + 2] > 0) (context.fillStyle = "#000"), context.fill();
  }
}

// Paper over what is not selected.
function maskPicture(run) {
  const { mask } = selectionOf(run), paper = d3.rgb(themed("--paper"));
  const canvas = run.maskCanvas || (run.maskCanvas = document.createElement("canvas"));
  canvas.width = run.cols;
  canvas.height = run.rows;
  const context = canvas.getContext("2d"), image = context.createImageData(run.cols, run.rows);
  for (let i = 0; i < mask.length; ++i) if (!mask[i]) image.data.set([paper.r, paper.g, paper.b, 215], 4 * i);
  context.putImageData(image, 0, 0);
  return canvas;
}

function drawFrame(context, run, neuron, cell, colour) {
  const x = (neuron % run.cols) * cell, y = Math.floor(neuron / run.cols) * cell;
  context.lineWidth = 4;
  context.strokeStyle = "#fff";
  context.strokeRect(x - 1, y - 1, cell + 2, cell + 2);
  context.lineWidth = 2;
  context.strokeStyle = colour;
  context.strokeRect(x - 1, y - 1, cell + 2, cell + 2);
}

// What a layer says of a neuron: "Circular variance 0.43".
function layerWords(run, layer, neuron) {
  if (!layer.values) return "";
  const values = layer.values(run);
  return `${layer.label} ${format(values ? values[neuron] : NaN)}${layer.units && layer.units !== "1" ? ` ${layer.units}` : ""}`;
}

function neuronWords(run, neuron) {
  return `Neuron ${neuron}, row ${Math.floor(neuron / run.cols)}, column ${neuron % run.cols}`;
}

// ---- the bar of colours

function drawLegend(element, layer, scale, width) {
  const svg = d3.select(element).selectAll("svg").data([0]).join("svg").attr("width", width).attr("height", layer.values ? 46 : 0).attr("role", "img").attr("aria-label", `Colours of ${layer.label}`);
  svg.selectAll("*").remove();
  if (!layer.values) return;
  const w = Math.min(width - 30, 380), x = d3.scaleLinear().domain(scale.domain).range([0, w]);
  const g = svg.append("g").attr("transform", "translate(14,4)");
  g.selectAll("rect").data(d3.range(90)).enter().append("rect").attr("x", (k) => (k * w) / 90).attr("width", w / 90 + 0.6).attr("height", 12).attr("fill", (k) => css(scale.colour(x.invert(((k + 0.5) * w) / 90))));
  const axis = layer.circular ? d3.axisBottom(x).tickValues(d3.range(0, layer.circular + 1, layer.circular / 4)) : d3.axisBottom(x).ticks(5);
  g.append("g").attr("class", "axis").attr("transform", "translate(0,12)").call(axis.tickSizeOuter(0));
  g.append("text").attr("class", "label").attr("y", 41).text(withUnits({ label: layer.label, units: layer.units }));
}

// ---- the view

class Sheet {
  constructor(parent, run) {
    this.run = run;
    const { view, figure } = panel(parent, striate.runs.length > 1 ? `${run.name}, population ${run.population}` : `Sheet of ${run.rows} × ${run.cols} neurons`, null, () => this.columns());
    figure.classed("sheet", true);
    this.stage = view.append("div").attr("class", "stage").attr("tabindex", 0).attr("role", "application").attr("aria-roledescription", "sheet of neurons")
      .attr("aria-label", `Sheet of ${run.rows} by ${run.cols} neurons of ${run.name}. Arrow keys walk, Enter pins a neuron, Escape lets it go.`);
    this.base = this.stage.append("canvas").node();
    this.marks = this.stage.append("canvas").attr("class", "marks").node();
    this.legend = view.append("div").attr("class", "legend").node();
    this.listen();
    when(["layer", "difference", "glyphs", "pinwheels", "size"], () => this.draw());
    when(["ranges", "hover", "pinned"], () => this.drawMarks());
    when(["pinned"], () => state.layer.startsWith("lateral") && this.draw());
    this.draw();
  }

  listen() {
    const at = (event) => {
      const box = this.base.getBoundingClientRect();
      const col = Math.floor((event.clientX - box.left) / this.cell), row = Math.floor((event.clientY - box.top) / this.cell);
      return row >= 0 && row < this.run.rows && col >= 0 && col < this.run.cols ? row * this.run.cols + col : -1;
    };
    const node = this.stage.node();
    node.addEventListener("pointermove", (event) => {
      const neuron = at(event);
      if (neuron >= 0 && !(state.hover && state.hover.run === this.run && state.hover.neuron === neuron)) change("hover", { run: this.run, neuron });
      this.pointer = [event.pageX, event.pageY];
      if (neuron >= 0) moveTip(this.pointer);
    });
    node.addEventListener("pointerleave", () => change("hover", null));
    node.addEventListener("click", (event) => at(event) >= 0 && change("pinned", { run: this.run, neuron: at(event) }));
    node.addEventListener("keydown", (event) => this.walk(event));
  }

  walk(event) {
    const { rows, cols } = this.run, here = state.pinned && state.pinned.run === this.run ? state.pinned.neuron : 0;
    const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    if (event.key === "Escape") change("pinned", null);
    else if (event.key === "Enter" && state.hover) change("pinned", state.hover);
    else if (steps[event.key]) {
      const row = Math.max(0, Math.min(rows - 1, Math.floor(here / cols) + steps[event.key][0]));
      const col = Math.max(0, Math.min(cols - 1, (here % cols) + steps[event.key][1]));
      change("pinned", { run: this.run, neuron: row * cols + col });
      say(`${neuronWords(this.run, row * cols + col)}. ${layerWords(this.run, layerNow(), row * cols + col)}`);
    } else return;
    event.preventDefault();
  }

  // The layer as it is here: of several runs it may be the difference from the first.
  layerHere() {
    const layer = layerNow(), first = striate.runs[0];
    if (!state.difference || this.run === first || !layer.values || layer.circular) return layer;
    return Object.assign({}, layer, {
      label: `${layer.label}, less that of ${first.name}`,
      diverging: true,
      values: (run) => {
        const own = layer.values(run) || [], of = layer.values(first) || [];
        return Float64Array.from(own, (v, k) => v - (k < of.length ? of[k] : NaN));
      },
    });
  }

  draw() {
    const width = Math.floor(this.stage.node().parentNode.clientWidth), run = this.run;
    this.cell = Math.min(width / run.cols, 640 / Math.max(run.rows, run.cols));
    this.width = this.cell * run.cols;
    this.height = this.cell * run.rows;
    const layer = this.layerHere(), scale = layer.values && scaleOf(layer, layer === layerNow() ? striate.runs : [run]);
    const context = sizedContext(this.base, this.width, this.height);
    context.imageSmoothingEnabled = layer.id === "fields";
    context.drawImage(pictureOfLayer(run, layer, scale), 0, 0, this.width, this.height);
    if (isOrientation(layer.id) && state.glyphs) drawGlyphs(context, run, layer.values(run), this.cell);
    drawLegend(this.legend, layer, scale, this.width);
    this.drawMarks();
  }

  drawMarks() {
    const context = sizedContext(this.marks, this.width, this.height);
    context.imageSmoothingEnabled = false;
    if (isSelecting()) context.drawImage(maskPicture(this.run), 0, 0, this.width, this.height);
    if (state.pinwheels && this.run.map && state.layer !== "fields") drawPinwheels(context, this.run, this.cell);
    const { pinned, hover } = state;
    if (pinned && pinned.run === this.run) drawFrame(context, this.run, pinned.neuron, this.cell, themed("--strong"));
    if (hover && hover.run === this.run) drawFrame(context, this.run, hover.neuron, this.cell, themed("--accent"));
  }

  columns() {
    const { run } = this, n = run.rows * run.cols, layer = layerNow();
    const columns = { neuron: d3.range(n), row: d3.range(n).map((i) => Math.floor(i / run.cols)), col: d3.range(n).map((i) => i % run.cols) };
    if (layer.values) columns[withUnits(layer)] = layer.values(run);
    if (isSelecting()) columns.selected = selectionOf(run).mask;
    return columns;
  }
}

// ---- what stands beside the pointer

function moveTip([x, y]) {
  const tip = document.getElementById("tip"), right = x + 16 + tip.offsetWidth < document.documentElement.clientWidth + scrollX;
  tip.style.left = `${right ? x + 16 : Math.max(0, x - 16 - tip.offsetWidth)}px`;
  tip.style.top = `${y + 16}px`;
}

function showTip() {
  const tip = d3.select("#tip"), { hover } = state;
  tip.classed("shown", Boolean(hover));
  tip.selectAll("*").remove();
  if (!hover) return;
  const { run, neuron } = hover;
  if (run.fields) addPicture(tip.node(), fieldPicture(run, neuron), "", 88, "Receptive field");
  const words = tip.append("div");
  words.append("b").text(`Neuron ${neuron}`);
  words.append("div").text(`row ${Math.floor(neuron / run.cols)}, column ${neuron % run.cols}`);
  const layer = layerNow();
  if (layer.values) words.append("div").attr("class", "here").text(layerWords(run, layer, neuron));
  for (const name of ["preferred_orientation", "circular_variance", "F1_F0"]) {
    const number = name !== layer.id && numberOf(run, name);
    if (number) words.append("div").text(`${number.label} ${format(number.values[neuron])}${number.units === "1" ? "" : ` ${number.units}`}`);
  }
}

function fieldPicture(run, neuron, fields = run.fields) {
  const [, h, w] = run.fields.values.shape;
  return greyPicture(rowOf(fields, neuron), w, h);
}

// ---- which layer

function addLayerChoice(parent) {
  const layers = layersOf(striate.runs[0]), more = layers.filter((layer) => !layer.isChief);
  const form = d3.select(parent).append("fieldset").attr("class", "layers");
  form.append("legend").text("Layer");
  for (const layer of layers.filter((one) => one.isChief)) {
    const label = form.append("label").attr("class", "choice");
    label.append("input").attr("type", "radio").attr("name", "layer").attr("value", layer.id).property("checked", layer.id === state.layer).on("change", () => change("layer", layer.id));
    label.append("span").text(layer.label);
  }
  if (more.length > 0) {
    const label = form.append("label").attr("class", "more");
    label.append("span").text("More");
    const select = label.append("select").on("change", function () {
      if (this.value) change("layer", this.value);
    });
    select.append("option").attr("value", "").text("any other number …");
    for (const layer of more) select.append("option").attr("value", layer.id).text(layer.label);
    when(["layer"], () => select.property("value", more.some((layer) => layer.id === state.layer) ? state.layer : ""));
  }
  when(["layer"], () => form.selectAll("input").property("checked", function () { return this.value === state.layer; }));
}

function addOverlayChoice(parent) {
  const form = d3.select(parent).append("fieldset").attr("class", "layers");
  form.append("legend").text("On top");
  const add = (name, words) => {
    const label = form.append("label").attr("class", "choice");
    label.append("input").attr("type", "checkbox").property("checked", state[name]).on("change", function () { change(name, this.checked); });
    label.append("span").text(words);
  };
  if (striate.runs.some((run) => run.map)) add("glyphs", "lines of orientation"), add("pinwheels", "pinwheels");
  const [first] = striate.runs;
  if (striate.runs.length > 1 && striate.runs.every((run) => run.rows === first.rows && run.cols === first.cols)) add("difference", `difference from ${first.name}`);
  if (form.selectAll("label").empty()) form.remove();
}
