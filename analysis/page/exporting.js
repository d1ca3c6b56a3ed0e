// Any view as SVG, PNG and CSV.

function save(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// Colours that come from the style sheet are written out, since the file stands alone.
const STYLED = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-size", "font-weight", "font-family", "text-anchor"];
function styled(original) {
  const copy = original.cloneNode(true);
  const from = [original, ...original.querySelectorAll("*")], to = [copy, ...copy.querySelectorAll("*")];
  from.forEach((element, k) => {
    const style = getComputedStyle(element);
    for (const property of STYLED) to[k].setAttribute(property, style.getPropertyValue(property));
  });
  return copy;
}

// The canvases and drawings of a view, one on the other, as one drawing.
function drawingOf(view) {
  const box = view.getBoundingClientRect(), ns = "http://www.w3.org/2000/svg";
  const all = document.createElementNS(ns, "svg");
  all.setAttribute("xmlns", ns);
  all.setAttribute("width", box.width);
  all.setAttribute("height", box.height);
  all.setAttribute("viewBox", `0 0 ${box.width} ${box.height}`);
  const paper = all.appendChild(document.createElementNS(ns, "rect"));
  for (const [name, value] of [["width", "100%"], ["height", "100%"], ["fill", themed("--paper")]]) paper.setAttribute(name, value);
  for (const part of view.querySelectorAll("canvas, svg")) {
    const at = part.getBoundingClientRect();
    if (at.width === 0) continue;
    const copy = part.tagName === "CANVAS" ? document.createElementNS(ns, "image") : styled(part);
    if (part.tagName === "CANVAS") copy.setAttribute("href", part.toDataURL("image/png"));
    for (const [name, value] of [["x", at.left - box.left], ["y", at.top - box.top], ["width", at.width], ["height", at.height]]) copy.setAttribute(name, value);
    all.appendChild(copy);
  }
  return new XMLSerializer().serializeToString(all);
}

function savePng(name, view) {
  const image = new Image(), box = view.getBoundingClientRect(), scale = 2;
  image.onload = () => {
    const canvas = document.createElement("canvas");
    canvas.width = scale * box.width;
    canvas.height = scale * box.height;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => save(`${name}.png`, blob));
  };
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(drawingOf(view))}`;
}

function csvOf(columns) {
  const names = Object.keys(columns), n = Math.max(...names.map((name) => columns[name].length));
  const quoted = (x) => (typeof x === "string" && /[",\n]/.test(x) ? `"${x.replace(/"/g, '""')}"` : x);
  const lines = [names.map(quoted).join(",")];
  for (let i = 0; i < n; ++i) lines.push(names.map((name) => quoted(columns[name][i])).join(","));
  return `${lines.join("\n")}\n`;
}

// Buttons for a view. columns(): {heading: values} of what it shows
function addSaving(parent, name, view, columns) {
  const buttons = d3.select(parent).append("span").attr("class", "saving");
  const add = (kind, action) => buttons.append("button").attr("type", "button").text(kind).attr("aria-label", `Save ${name} as ${kind}`).on("click", action);
  const file = name.toLowerCase().replace(/[^a-z0-9]+/g, "_");
  add("SVG", () => save(`${file}.svg`, new Blob([drawingOf(view)], { type: "image/svg+xml" })));
  add("PNG", () => savePng(file, view));
  add("CSV", () => save(`${file}.csv`, new Blob([csvOf(columns())], { type: "text/csv" })));
}
