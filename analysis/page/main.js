// The page is put together.

function say(words) {
  document.getElementById("said").textContent = words;
}

// Figures that stand without scripts are folded up: what they show can be explored now.
function foldFigures() {
  const folder = document.createElement("section");
  folder.innerHTML = "<h2>Figures for print</h2>";
  document.querySelector("main").insertBefore(folder, document.getElementById("explorer").nextElementSibling);
  for (const section of document.querySelectorAll("main > section")) {
    const figures = section.querySelectorAll(":scope > figure");
    if (figures.length === 0) continue;
    const details = document.createElement("details");
    details.className = "folded";
    figures[0].before(details);
    details.innerHTML = "<summary></summary>";
    details.firstChild.textContent = `${section.querySelector("h2").textContent}, ${figures.length === 1 ? "a figure" : `${figures.length} figures`}`;
    details.append(...figures);
    const isAll = section.children.length === 2;
    if (isAll) {
      folder.append(details);
      section.remove();
    }
  }
  if (folder.children.length === 1) folder.remove();
}

function addSelectionWords(parent) {
  const line = d3.select(parent).append("p").attr("class", "selection");
  const words = line.append("span").attr("role", "status");
  const clear = line.append("button").attr("type", "button").text("clear").on("click", () => change("ranges", {}));
  const draw = () => { words.text(selectionWords()); clear.style("display", isSelecting() ? null : "none"); };
  when(["ranges"], draw);
  draw();
}

// The neuron that is looked at first: of those whose field a Gabor function explains well the one most often active.
function firstNeuron(run) {
  const explained = numberOf(run, "gabor_explained"), activity = numberOf(run, "activity");
  const middle = Math.floor(run.rows / 2) * run.cols + Math.floor(run.cols / 2);
  if (!explained || !activity) return middle;
  return d3.range(explained.values.length).filter((i) => explained.values[i] > 0.85).reduce((best, i) => (activity.values[i] > activity.values[best] ? i : best), middle);
}

// What is seen at once, of arrays that stand before the scripts.
function addSheets(root) {
  const bar = d3.select(root).append("div").attr("class", "bar").node();
  addLayerChoice(bar);
  addOverlayChoice(bar);
  addSelectionWords(root);
  const several = striate.runs.length > 1, body = d3.select(root).append("div").attr("class", several ? "sheets several" : "sheets");
  const sheets = body.append("div").attr("class", "row").node();
  for (const run of striate.runs) new Sheet(sheets, run);
  when(["hover"], showTip);
  when(["pinned", "layer"], () => history.replaceState(null, "", addressOfState()));
  return body.append("div").node();
}

function addDetails(root, beside) {
  new NeuronPanel(beside);
  addDistributions(beside);
  for (const run of striate.runs) {
    if (run.presentations && run.presentations.first[run.presentations.number.length] > 0) new Player(root, run);
    if (run.snapshots && run.snapshots.length > 1) new Learning(root, run);
  }
}

function start() {
  const root = document.getElementById("explorer"), hasSheets = striate.runs.length > 0;
  d3.select(root).append("div").attr("id", "said").attr("class", "said").attr("aria-live", "polite");
  d3.select(document.body).append("div").attr("id", "tip").attr("aria-hidden", "true");
  if (hasSheets) {
    state.pinned = { run: striate.runs[0], neuron: firstNeuron(striate.runs[0]) };
    readAddress();
  }
  const beside = hasSheets && addSheets(root);
  document.documentElement.dataset.seen = Math.round(performance.now());
  document.addEventListener("DOMContentLoaded", () => {
    foldFigures();
    if (hasSheets) addDetails(root, beside);
    for (const kernels of striate.kernels) new Kernels(root, kernels);
    for (const network of striate.networks) new Network(root, network);
    for (const sweep of striate.sweeps) new Sweep(root, sweep);
    if (striate.codes.length > 0) addCodes(root);
    document.documentElement.dataset.ready = Math.round(performance.now());
  });
  let width = document.documentElement.clientWidth;
  window.addEventListener("resize", () => {
    if (document.documentElement.clientWidth !== width) change("size", (width = document.documentElement.clientWidth));
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => change("size", Date.now()));
}

start();
