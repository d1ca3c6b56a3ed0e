// Axes, curves and pictures, of which views are put together.

// An element with a heading, buttons to save it, and a part to draw in.
function panel(parent, title, note, columns) {
  const figure = d3.select(parent).append("figure").attr("class", "panel");
  const head = figure.append("figcaption");
  head.append("span").attr("class", "title").text(title);
  const view = figure.append("div").attr("class", "view");
  addSaving(head.node(), title, view.node(), columns);
  if (note !== null) figure.append("p").attr("class", "note").text(note);
  return { figure, head, view, note: figure.select(".note") };
}

// An SVG with axes. x, y: scales of D3 without range; returns it with the part within the axes.
function chart(view, { height = 170, x, y, xLabel, yLabel, label, xTicks = 5, yTicks = 4, xFormat = null, yFormat = null, left = 0, right = 10, top = 8 }) {
  view.selectAll("svg").remove();
  if (!left) left = 26 + 6.6 * d3.max(y.ticks(yTicks).map(y.tickFormat(yTicks, yFormat)), (words) => words.length);
  const width = Math.max(view.node().clientWidth, 160), bottom = 36;
  const svg = view.append("svg").attr("width", width).attr("height", height).attr("role", "img").attr("aria-label", label || `${yLabel} against ${xLabel}`);
  const w = width - left - right, h = height - top - bottom;
  x.range([0, w]);
  y.range([h, 0]);
  const g = svg.append("g").attr("transform", `translate(${left},${top})`);
  g.append("g").attr("class", "axis").attr("transform", `translate(0,${h})`).call(d3.axisBottom(x).ticks(xTicks, xFormat).tickSizeOuter(0));
  g.append("g").attr("class", "axis").call(d3.axisLeft(y).ticks(yTicks, yFormat).tickSizeOuter(0));
  g.append("text").attr("class", "label").attr("x", w / 2).attr("y", h + 31).attr("text-anchor", "middle").text(xLabel);
  g.append("text").attr("class", "label").attr("transform", `translate(${-left + 11},${h / 2}) rotate(-90)`).attr("text-anchor", "middle").text(yLabel);
  return { svg, g, w, h, x, y, left, top };
}

function addCurve(plot, xs, ys, className) {
  const points = Array.from(xs, (x, k) => [x, ys[k]]).filter((p) => isFinite(p[0]) && isFinite(p[1]));
  plot.g.append("path").attr("class", `curve ${className}`).attr("d", d3.line().x((p) => plot.x(p[0])).y((p) => plot.y(p[1]))(points));
  return points;
}

function addPoints(plot, xs, ys, className, radius = 2.5) {
  const points = Array.from(xs, (x, k) => [x, ys[k]]).filter((p) => isFinite(p[0]) && isFinite(p[1]));
  plot.g.selectAll(null).data(points).enter().append("circle").attr("class", className).attr("r", radius).attr("cx", (p) => plot.x(p[0])).attr("cy", (p) => plot.y(p[1]));
}

// ---- pictures of pixels

// A canvas of one pixel for each value. colour: value -> [r, g, b]
function pixels(width, height, colourOfPixel) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d"), image = context.createImageData(width, height);
  for (let k = 0; k < width * height; ++k) {
    const [r, g, b] = colourOfPixel(k);
    image.data.set([r, g, b, 255], 4 * k);
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

// Grey, zero in the middle, the largest value black or white.
function greyPicture(values, width, height) {
  let most = 0;
  for (const v of values) if (isFinite(v)) most = Math.max(most, Math.abs(v));
  return pixels(width, height, (k) => {
    const grey = isFinite(values[k]) ? 127.5 * (1 + (most > 0 ? values[k] / most : 0)) : 127.5;
    return [grey, grey, grey];
  });
}

// What it shows in words; "" where words beside it say so already.
function named(element, words) {
  return words ? element.attr("role", "img").attr("aria-label", words) : element.attr("aria-hidden", "true");
}

// A picture with words below, magnified without blur.
function addPicture(parent, picture, words, side, label) {
  const figure = d3.select(parent).append("figure").attr("class", "picture");
  const k = side / Math.max(picture.width, picture.height), ratio = Math.ceil(devicePixelRatio || 1);
  const canvas = named(figure.append("canvas"), label === undefined ? words : label).node();
  canvas.width = Math.round(k * picture.width * ratio);
  canvas.height = Math.round(k * picture.height * ratio);
  canvas.style.width = `${Math.round(k * picture.width)}px`;
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  figure.append("figcaption").text(words);
  return canvas;
}

// A canvas that fills the width of its parent, as sharp as the screen; returns its context, in px of CSS.
function sizedContext(canvas, width, height) {
  const ratio = devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}
