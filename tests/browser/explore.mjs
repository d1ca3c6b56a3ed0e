// The page of a report in a real browser: explore.mjs STRIATE [SCREENSHOTS]
//
// Makes a small sheet, a circuit and a second sheet, opens their pages from disk, and does what a reader does. Numbers on
// the page are compared with those in the files. SCREENSHOTS: a folder to leave pictures of the views in.
import { readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { check, Desk, finish, near, open, settled, startBrowser } from "./support.mjs";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const [striate, screenshots] = process.argv.slice(2);
const begun = Date.now();

const SIDE = 14;
const SHEET = `seed: 7
frame: {height: 14 px, width: 14 px}
stimulus: {kind: dead_leaves, dead_leaves: {canvases: 4, size: 96, r_max: 24 px}}
populations:
  v1:
    kind: slca
    lambda: 0.06
    sheet: {rows: ${SIDE}, cols: ${SIDE}}
    receptive_field: {R: 4 px, span: 6 px}
    plasticity: {kind: residual_hebbian, residual_hebbian: {eta: 0.03, width_start: 2}}
    homeostasis: {rate: 0.02}
presentation: {T: 50 ms}
learning: {batches: 40, batch_size: 40, held_out: 8}
record: {snapshots: 3, frames: true}
analysis: {gratings: {orientations: 8, frequencies: 4, phases: 4}, cells: 6, noise_frames: 400, natural_frames: 20, repeats: 2}
`;
const CIRCUIT = `seed: 3
duration: 400 ms
populations:
  cells: {kind: lif_delta, size: 40, lif_delta: {E_L: -70 mV, V_th: -55 mV, V_reset: -70 mV, tau_m: 20 ms}}
  input: {kind: poisson, size: 30, poisson: {rate: 60 Hz}}
projections:
  drive: {from: input, to: cells, weight: 1.5 mV, weight_std: 0.3 mV, delay: 1 ms}
  back: {from: cells, to: cells, weight: -0.5 mV, delay: 2 ms}
record:
  weights: [drive]
  state: {V: {population: cells, variable: V_m, neurons: [1, 2], every: 1 ms}}
`;

const KERNELS = `seed: 3
frame: {height: 24 px, width: 24 px}
stimulus: {kind: dead_leaves, dead_leaves: {canvases: 2, size: 64, r_max: 16 px}}
populations:
  v1:
    kind: admm
    lambda: 0.01
    objective: {signed: true}
    kernels: {size: 8, border: periodic, log_gabor: {orientations: 2}}
    admm: {iterations: 20}
learning: {batches: 0, batch_size: 1, held_out: 3, least_energy: false}
record: {frames: true}
`;

// Two senses of unequal shape that show the same four classes; frames are written by Desk.writePairs.
const LINKED = `seed: 5
senses:
  seen: {height: 4 px, width: 5 px, kind: array, array: {file: pairs.h5, dataset: /seen, labels: /labels}}
  heard: {height: 3 px, width: 8 px, kind: array, array: {file: pairs.h5, dataset: /heard, labels: /labels}}
populations:
  v1:
    kind: slca
    lambda: 0.02
    slca: {q: 0.02 tau}
    sheet: {rows: 4, cols: 5}
    plasticity: {kind: residual_hebbian, residual_hebbian: {eta: 0.05}}
    homeostasis: {rate: 0}
presentation: {T: 200 ms}
learning: {batches: 30, batch_size: 20, held_out: 10}
record: {snapshots: 2, frames: true}
`;

// Learns the weights between its neurons; three of them have no place on the sheet.
const LEARNED = `seed: 2
frame: {height: 8 px, width: 8 px, scale: 8}
stimulus: {kind: dead_leaves, dead_leaves: {canvases: 2, size: 48, r_max: 12 px}}
populations:
  v1:
    kind: ei_net
    sheet: {rows: 3, cols: 4}
    ei_net: {n_inhibitory: 3}
    plasticity: {kind: ei_net}
presentation: {T: 50 ms, T0: 0 ms}
learning: {batches: 5, batch_size: 20, held_out: 4}
`;

const SWEEP = `config: sheet.yaml
set: [populations.v1.sheet.rows=6, populations.v1.sheet.cols=6, learning.batches=2]
grid: {populations.v1.lambda: [0.06, 0.1], seed: [1, 2]}
score: populations.v1.held_out_energy
analyze: false
`;

const TUNING = ["circular_variance", "half_bandwidth", "orth_pref", "F1_F0", "preferred_orientation", "peak_spatial_frequency", "OSI"];
const PROPERTIES = ["nx", "ny", "gabor_explained", "gabor_orientation", "c50", "rate", "local_homogeneity", "sta_white"];

const desk = new Desk(striate);
const browser = await startBrowser();
if (!browser) {
  console.log("skipped: chromium is not installed");
  process.exit(0);
}

async function picture(page, name, options = {}) {
  if (screenshots) await page.screenshot({ path: join(screenshots, `${name}.png`), ...options });
}

async function holdsToAxe(page, where) {
  await page.addScriptTag({ path: AXE });
  const { violations } = await page.evaluate(() => axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
  check(violations.length === 0, `${where}: axe: ${violations.map((one) => `${one.id} (${one.nodes.length}: ${one.nodes[0].html.slice(0, 140)}; ${one.nodes[0].failureSummary.slice(0, 240)})`).join("\n  ")}`);
}

function sameNumber(text, value) {
  return value === null ? text === "–" : Math.abs(Number(text) - value) <= 1e-3 * Math.abs(value) + 1e-12;
}

// Middle of a neuron on the sheet.
async function placeOf(page, neuron, sheet = 0) {
  const box = await page.locator(".stage").nth(sheet).boundingBox();
  return { x: box.x + (((neuron % SIDE) + 0.5) * box.width) / SIDE, y: box.y + ((Math.floor(neuron / SIDE) + 0.5) * box.height) / SIDE };
}

async function moveTo(page, neuron, sheet = 0) {
  await page.locator(".stage").nth(sheet).scrollIntoViewIfNeeded();
  const { x, y } = await placeOf(page, neuron, sheet);
  await page.mouse.move(x, y, { steps: 2 });
  await settled(page);
}

// ---- the sheet

async function hovers(page, numbers) {
  await page.getByLabel("Circular variance", { exact: true }).check();
  for (const neuron of [0, 37, 133, SIDE * SIDE - 1]) {
    await moveTo(page, neuron);
    const words = await page.locator("#tip").innerText();
    check(words.includes(`Neuron ${neuron}\n`), `hover says which neuron: ${words}`);
    const said = words.match(/Circular variance (\S+)/)[1], value = numbers["/network/circular_variance"][neuron];
    check(sameNumber(said, value), `under the cursor, neuron ${neuron}: ${said}, in the file ${value}`);
  }
  check((await page.locator("#tip canvas").count()) === 1, "hover shows the field");
}

async function pins(page, numbers) {
  const neuron = 5 * SIDE + 9;
  await moveTo(page, neuron);
  await page.mouse.down();
  await page.mouse.up();
  await settled(page);
  check((await page.locator(".neuron h3").innerText()) === `Neuron ${neuron}`, "a click pins the neuron");
  let n = 0;
  for (const [path, values] of Object.entries(numbers)) {
    const name = path.split("/").pop(), cell = page.locator(`.neuron td[data-number="${name}"]`);
    if (name === "responds" || (await cell.count()) === 0) continue;
    const value = values[neuron];
    const said = await cell.getAttribute("data-value");
    check(value === null ? said === "NaN" : Number(said) === value, `${name} of neuron ${neuron}: ${said}, in the file ${value}`);
    check(sameNumber(await cell.textContent(), value), `${name} as printed`);
    ++n;
  }
  check(n >= 10, `many numbers of a neuron are compared with the file: ${n}`);
  check(page.url().includes(`neuron=${neuron}`), "the address leads back to the neuron");
}

async function walks(page) {
  const before = Number((await page.locator(".neuron h3").innerText()).split(" ")[1]);
  await page.locator(".stage").focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  await settled(page);
  const after = Number((await page.locator(".neuron h3").innerText()).split(" ")[1]);
  check(after === before + SIDE + 1, `arrows walk the sheet: from ${before} to ${after}`);
  check((await page.locator("#said").innerText()).includes(`Neuron ${after}`), "and say where");
  await page.keyboard.press("Escape");
  await settled(page);
  check((await page.locator(".neuron h3").count()) === 0, "Escape lets the neuron go");
  await page.keyboard.press("ArrowRight");
  await settled(page);
}

function distribution(page, title) {
  return page.locator("figure.panel", { has: page.locator(".title", { hasText: new RegExp(`^${title}$`) }) }).first();
}

async function brushes(page, numbers) {
  const panel = distribution(page, "Circular variance");
  await panel.scrollIntoViewIfNeeded();
  const overlay = await panel.locator(".brush .overlay").boundingBox();
  await page.mouse.move(overlay.x + 0.3 * overlay.width, overlay.y + 40);
  await page.mouse.down();
  await page.mouse.move(overlay.x + 0.6 * overlay.width, overlay.y + 42, { steps: 6 });
  await page.mouse.up();
  await settled(page);
  const words = await page.locator("p.selection span").innerText(), [, n] = words.match(/^(\d+) of/) || [];
  const [low, high] = await page.evaluate(() => state.ranges.circular_variance);
  near(low, 0.3, 0.01, "the selection begins where the drag did");
  const expected = numbers["/network/circular_variance"].filter((v) => v !== null && v >= low && v <= high).length;
  check(Number(n) === expected, `the selection has ${n} neurons, in the file ${expected}: ${words}`);
  check(await page.evaluate((e) => selectionOf(striate.runs[0]).mask.reduce((a, b) => a + b, 0) === e, expected), "as many light up on the sheet");
  await picture(page, "brush");
  await panel.locator("svg").focus();
  await page.keyboard.press("Escape");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Shift+ArrowRight");
  await settled(page);
  const range = await page.evaluate(() => state.ranges.circular_variance);
  near(range[0], 1 / 13, 1e-9, "the selection is moved by keyboard");
  near(range[1], 3 / 13, 1e-9, "and widened");
  await page.getByRole("button", { name: "clear" }).click();
  await settled(page);
  check((await page.locator("p.selection span").innerText()).startsWith("No selection"), "and cleared");
}

async function plays(page, numbers) {
  const time = page.locator("section.time").first();
  await time.scrollIntoViewIfNeeded();
  await time.locator(".thumbnails button").nth(2).click();
  await page.waitForFunction((output) => parseFloat(output.innerText) > 0 && parseFloat(output.innerText) < 50, await time.locator("output").elementHandle());
  const t = Number((await time.locator("output").innerText()).split(" ")[0]);
  check(t > 0 && t < 50, `a presentation plays: ${t} ms`);
  await time.getByRole("button", { name: "Pause" }).click();
  check((await time.locator("output").innerText()).match(/^[\d.]+ ms, \d+ spikes$/) !== null, "and counts spikes");
  const last = await page.evaluate(() => { const run = striate.runs[0]; return [0, 1, 2].map((k) => measuresOf(run, k, codeSoFar(run, k, 50)).energy); });
  last.forEach((energy, k) => near(energy, numbers["/presentations/v1/energy"][k], 0.005, `energy of presentation ${k} as rebuilt at its end`));
  await picture(page, "presentation");
}

async function learns(page) {
  const learning = page.locator("section.time").nth(1), slider = learning.locator("input[type=range]");
  await slider.focus();
  await page.keyboard.press("Home");
  await settled(page);
  check((await learning.locator("output").innerText()) === "0 batches learned", "the slider goes back to the beginning");
  await page.keyboard.press("End");
  await settled(page);
  check((await learning.locator("output").innerText()) === "40 batches learned", "and to the end");
}

async function saves(page, numbers) {
  await page.getByLabel("F1/F0", { exact: true }).check();
  for (const kind of ["CSV", "SVG", "PNG"]) {
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: new RegExp(`^Save Sheet of .* as ${kind}$`) }).click()]);
    const bytes = readFileSync(await download.path());
    check(bytes.length > 500, `${kind} has something in it`);
    if (kind === "SVG") check(bytes.toString().startsWith("<svg") && bytes.toString().includes("<image"), "SVG is a drawing");
    if (kind !== "CSV") continue;
    const lines = bytes.toString().trim().split("\n");
    check(lines[0] === "neuron,row,col,F1/F0", `CSV says what its columns are: ${lines[0]}`);
    check(lines.slice(1).every((line, i) => { const v = numbers["/network/F1_F0"][i]; return v === null ? line.endsWith("NaN") : Number(line.split(",")[3]) === v; }), "CSV has the file's numbers");
  }
}

async function layersDraw(page) {
  for (const id of await page.locator("fieldset.layers input[type=radio]").evaluateAll((all) => all.map((one) => one.value))) {
    await page.locator(`input[value="${id}"]`).check();
    await settled(page);
    const colours = await page.locator(".stage canvas").first().evaluate((canvas) => new Set(new Uint32Array(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size);
    check(colours > 5, `layer ${id} is drawn: ${colours} colours`);
  }
}

async function isNarrow(page, where) {
  const [scroll, width] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  check(scroll <= width, `${where}: nothing is wider than the screen: ${scroll} of ${width} px`);
}

async function sheetPage() {
  desk.write("sheet.yaml", SHEET);
  desk.run("run", "sheet.yaml", "-o", "sheet.h5", "--quiet");
  desk.run("analyze", "sheet.h5", "-o", "sheet.analysis.h5", "--quiet");
  desk.run("report", "sheet.analysis.h5", "-o", "sheet");
  const numbers = {
    ...desk.read("sheet.analysis.h5", [...TUNING.map((name) => `/network/${name}`), "/network/responds", ...PROPERTIES.map((name) => `/properties/${name}`)]),
    ...desk.read("sheet.h5", ["/presentations/v1/energy", "/network/v1/lambda"]),
  };
  for (const name of TUNING) numbers[`/network/${name}`] = numbers[`/network/${name}`].map((v, i) => (numbers["/network/responds"][i] ? v : null));
  const page = await open(browser, desk.file("sheet/index.html"));
  console.log(`sheet of ${SIDE * SIDE}: first picture after ${await page.evaluate(() => document.documentElement.dataset.seen)} ms, all after ${await page.evaluate(() => document.documentElement.dataset.ready)} ms`);
  await picture(page, "sheet");
  await hovers(page, numbers);
  await pins(page, numbers);
  await walks(page);
  await brushes(page, numbers);
  await plays(page, numbers);
  await learns(page);
  await layersDraw(page);
  await saves(page, numbers);
  await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
  await holdsToAxe(page, "sheet");
  check(page.complaints.length === 0, `the page complains of nothing and loads nothing: ${page.complaints.join("; ")}`);
  await page.close();
}

async function narrowAndDark() {
  const page = await open(browser, desk.file("sheet/index.html"), { viewport: { width: 400, height: 800 }, colorScheme: "dark" });
  await isNarrow(page, "400 px");
  const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number));
  check(Math.max(...paper) < 60, `dark: the paper is ${paper}`);
  await picture(page, "narrow-dark", { fullPage: true });
  await holdsToAxe(page, "400 px, dark");
  check(page.complaints.length === 0, page.complaints.join("; "));
  await page.close();
}

// Part of what is seen of an element that is lighter than so much of white.
async function partLight(page, browserPage, selector, level) {
  const shot = (await page.locator(selector).screenshot()).toString("base64");
  return browserPage.evaluate(async ([png, least]) => {
    const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
    const canvas = new OffscreenCanvas(image.width, image.height), context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    let light = 0;
    for (let k = 0; k < data.length; k += 4) light += 0.2126 * data[k] + 0.7152 * data[k + 1] + 0.0722 * data[k + 2] > 255 * least;
    return light / (data.length / 4);
  }, [shot, level]);
}

// Codes and counts are drawn on the paper there is: no plate stays pale in the dark.
async function figuresKnowTheDark(page) {
  const other = await browser.newPage();
  for (const figure of ["activity", "shapes"]) {
    const light = await partLight(page, other, `#${figure} img`, 0.75);
    check(light < 0.04, `${figure} is dark where the screen is: ${(100 * light).toFixed(1)} % of it is light`);
  }
  await other.close();
}

async function withoutScripts() {
  const page = await open(browser, desk.file("sheet/index.html"), { javaScriptEnabled: false, colorScheme: "dark" });
  const figures = page.locator("main figure img"), n = await figures.count();
  check(n >= 8, `without scripts there are figures: ${n}`);
  check(await figures.first().isVisible(), "and they are seen");
  check((await page.locator("#explorer").innerText()) === "", "and nothing that does not work");
  await figuresKnowTheDark(page);
  await picture(page, "without-scripts", { fullPage: true });
  await page.close();
}

// ---- kernels

async function kernelsPage() {
  desk.write("kernels.yaml", KERNELS);
  desk.run("run", "kernels.yaml", "-o", "kernels.h5", "--quiet");
  desk.run("report", "kernels.h5", "-o", "kernels");
  const page = await open(browser, desk.file("kernels/index.html"));
  const { "/presentations/v1/active/neuron": neurons, "/presentations/v1/active/count": counts, "/network/v1/kernels": kernels } = desk.read("kernels.h5", ["/presentations/v1/active/neuron", "/presentations/v1/active/count", "/network/v1/kernels"]);
  const n = kernels.length / 64, ofFirst = neurons.slice(0, counts[0]).filter((neuron) => neuron % n === 1).length;
  await page.getByRole("button", { name: "Kernel 1", exact: true }).click();
  await settled(page);
  const words = await page.locator(".kernels .note").first().innerText();
  check(words.includes(`kernel 1, active at ${ofFirst} places`), `a kernel shows where it is active, ${ofFirst}: ${words}`);
  await page.getByRole("button", { name: /^Photograph 2/ }).focus();
  await page.keyboard.press("Enter");
  await settled(page);
  check((await page.locator(".kernels .note").first().innerText()).startsWith("Photograph 2"), "a point is a photograph");
  await picture(page, "kernels");
  await holdsToAxe(page, "kernels");
  check(page.complaints.length === 0, page.complaints.join("; "));
  await page.close();
}

// ---- circuits, several runs

// The weight that arrives in each ms before the spikes of a cell, from the file.
function averageInFile(neuron, spikes) {
  const { "/projections/drive/cells/source": source, "/projections/drive/cells/target": target, "/projections/drive/cells/weight": weight } = desk.read("circuit.h5", ["source", "target", "weight"].map((name) => `/projections/drive/cells/${name}`));
  const weightOf = new Map(target.flatMap((to, k) => (to === neuron ? [[source[k], weight[k]]] : [])));
  const own = spikes["/spikes/cells/timestamps"].filter((t, k) => spikes["/spikes/cells/node_ids"][k] === neuron && t >= 21), sums = Array(20).fill(0);
  for (const t of own)
    spikes["/spikes/input/timestamps"].forEach((s, k) => {
      const before = t - (s + 1);
      if (before >= 0 && before < 20) sums[Math.floor(before)] += weightOf.get(spikes["/spikes/input/node_ids"][k]);
    });
  return sums.map((sum) => sum / own.length);
}

async function averagesInputs(page, neuron, spikes) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save What arrives from input as CSV" }).click()]);
  const said = readFileSync(await download.path()).toString().trim().split("\n").slice(1).map((line) => Number(line.split(",")[1]));
  const expected = averageInFile(neuron, spikes);
  check(said.length === 20 && said.every((v, k) => Math.abs(v - expected[k]) < 1e-5), `what arrives before spikes of neuron ${neuron}: ${said.slice(0, 3)}, of the file ${expected.slice(0, 3)}`);
  await page.locator(".zoomed").focus();
  const before = await page.locator(".network > .note").innerText();
  await page.keyboard.press("Enter");
  await settled(page);
  check((await page.locator(".network > .note").innerText()) !== before, "Enter goes to the next spike");
}

async function circuitPage() {
  desk.write("circuit.yaml", CIRCUIT);
  desk.run("run", "circuit.yaml", "-o", "circuit.h5", "--quiet");
  desk.run("report", "circuit.h5", "-o", "circuit");
  const page = await open(browser, desk.file("circuit/index.html"));
  const spikes = desk.read("circuit.h5", ["/spikes/cells/timestamps", "/spikes/cells/node_ids", "/spikes/input/timestamps", "/spikes/input/node_ids"]);
  check(await page.evaluate((times) => unpack(striate.networks[0].populations[0].time).every((t, k) => t === times[k]), spikes["/spikes/cells/timestamps"]), "spikes are those of the file");
  check((await page.locator(".population").count()) === 2, "populations are a graph");
  check((await page.locator("path.edge").count()) === 2, "with projections");
  await page.locator(".zoomed").focus();
  await page.keyboard.press("+");
  await page.keyboard.press("+");
  await settled(page);
  const axes = await page.locator(".zoomed .view").evaluateAll((views) => views.map((view) => view.querySelector(".axis").textContent));
  check(new Set(axes).size === 1 && axes.length === 3, `rasters and potentials zoom together: ${axes.join(" | ")}`);
  await page.keyboard.press("Escape");
  await settled(page);
  // A spike late enough to have inputs, and those of the file that reached it.
  const k = spikes["/spikes/cells/timestamps"].findIndex((t) => t > 200), t = spikes["/spikes/cells/timestamps"][k], neuron = spikes["/spikes/cells/node_ids"][k];
  const arrived = spikes["/spikes/input/timestamps"].filter((s) => s + 1 <= t && s + 1 > t - 20).length;
  const place = await page.evaluate(([time, row]) => {
    const svg = document.querySelector(".zoomed svg"), box = svg.getBoundingClientRect(), axis = svg.querySelector(".axis path").getBBox();
    const h = Number(svg.querySelectorAll(".axis")[0].getAttribute("transform").match(/,([\d.]+)/)[1]);
    return { x: box.left + 62 + (time / 400) * axis.width, y: box.top + 8 + h - ((row + 0.5) / 40) * h };
  }, [t, neuron]);
  await page.mouse.click(place.x, place.y);
  await settled(page);
  const words = await page.locator(".network > .note").innerText();
  check(words.startsWith(`Neuron ${neuron} of cells fired`), `a click picks a spike: ${words}`);
  check(words.includes(`${arrived} spikes reached it`), `and says how many reached it, ${arrived}: ${words}`);
  await averagesInputs(page, neuron, spikes);
  await picture(page, "circuit");
  await holdsToAxe(page, "circuit");
  check(page.complaints.length === 0, page.complaints.join("; "));
  await page.close();
  const narrow = await open(browser, desk.file("circuit/index.html"), { viewport: { width: 400, height: 800 } });
  await isNarrow(narrow, "circuit, 400 px");
  await narrow.close();
}

async function twoRuns() {
  desk.run("run", "sheet.yaml", "-o", "other.h5", "--quiet", "--set", "seed=8", "--set", "learning.batches=5");
  desk.run("report", "sheet.analysis.h5", "other.h5", "-o", "both");
  const page = await open(browser, desk.file("both/index.html"));
  check((await page.locator(".stage").count()) === 2, "two sheets stand side by side");
  await page.getByRole("radio", { name: "Threshold" }).check();
  await page.getByLabel(/^difference from/).check();
  await moveTo(page, 20, 1);
  check((await page.locator("#tip").innerText()).includes("Neuron 20"), "both can be pointed at");
  await settled(page);
  await picture(page, "two-runs");
  await holdsToAxe(page, "two runs");
  check(page.complaints.length === 0, page.complaints.join("; "));
  await page.close();
}

// ---- senses, codes in the plane

// What the page makes of a frame: those of all senses beside each other, a grey column between.
function sideBySide(frame) {
  return pixelsOf(4, 14, (row, col) => (col < 5 ? frame[row * 5 + col] : col > 5 && row < 3 ? frame[20 + row * 8 + col - 6] : 0));
}

function pixelsOf(rows, cols, value) {
  return Array.from({ length: rows * cols }, (_, k) => value(Math.floor(k / cols), k % cols));
}

async function linkedPage() {
  desk.writePairs("pairs.h5");
  desk.write("linked.yaml", LINKED);
  desk.run("run", "linked.yaml", "-o", "linked.h5", "--quiet");
  desk.run("report", "linked.h5", "-o", "linked");
  const page = await open(browser, desk.file("linked/index.html"));
  const { "/presentations/frames": frames, "/network/v1/Phi": fields } = desk.read("linked.h5", ["/presentations/frames", "/network/v1/Phi"]);
  const shown = await page.evaluate(() => ({ shape: striate.runs[0].presentations.frames.shape, frames: Array.from(unpack(striate.runs[0].presentations.frames)), field: Array.from(rowOf(striate.runs[0].fields, 7)) }));
  check(String(shown.shape.slice(1)) === "4,14", `senses of unequal width stand side by side: ${shown.shape}`);
  check(sideBySide(frames.slice(0, 44)).every((v, k) => v === shown.frames[k]), "frames are those of the file");
  const field = sideBySide(fields.slice(7 * 44, 8 * 44)), most = Math.max(...field.map(Math.abs));
  check(field.every((v, k) => Math.abs(v - shown.field[k]) <= most / 200), "and so are fields");
  check((await page.locator("section.time").first().innerText()).includes("Senses side by side: seen, heard."), "which is said");
  await picture(page, "linked");
  await holdsToAxe(page, "linked");
  check(page.complaints.length === 0, page.complaints.join("; "));
  await page.close();
}

// Middle of a code's point on the page.
async function placeOfCode(page, file, frame) {
  const box = await page.locator(".plane").nth(file).boundingBox();
  const [x, y] = await page.evaluate(([f, n]) => { const plane = planesOfCodes[f], k = placeOfFrame(plane.codes, n); return [plane.x[k], plane.y[k]]; }, [file, frame]);
  return { x: box.x + x + 1, y: box.y + y + 1 };
}

async function pointsAtCodes(page, { "/held_out/labels": labels, "/held_out/spikes": spikes, "/held_out/codes": codes }) {
  for (const frame of [3, 18, 41]) {
    const { x, y } = await placeOfCode(page, 0, frame);
    await page.mouse.move(x, y);
    await settled(page);
    const words = await page.locator(".shown-frame").innerText(), here = Number(words.match(/^Frame (\d+), class/)[1]);
    const active = codes.slice(here * 20, here * 20 + 20).filter((a) => a !== 0).length;
    check(words.startsWith(`Frame ${here}, class ${labels[here]}`), `a code says what its frame shows: ${words}`);
    check(words.includes(`codes: ${spikes[here]} spikes, ${active} of 20 neurons active.`), `and has the file's numbers, ${spikes[here]} and ${active}: ${words}`);
  }
  check((await page.locator(".shown-frame canvas").count()) === 1, "and shows the frame, of the sense that was shown");
}

async function walksCodes(page) {
  await page.locator(".plane").first().focus();
  await page.evaluate(() => change("frame", -1));
  await page.keyboard.press("ArrowRight");
  await settled(page);
  check(/^Frame \d+, class \d/.test(await page.locator("#said").innerText()), "arrows go from code to code, and say where");
  await page.getByRole("button", { name: "2", exact: true }).click();
  await page.locator(".plane").first().focus();
  for (const key of ["ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown"]) await page.keyboard.press(key);
  await settled(page);
  check((await page.locator("#said").innerText()).includes("class 2:"), "among the classes that are lit");
  await page.getByLabel("principal components").check();
  await settled(page);
  check((await page.locator(".codes .note").first().innerText()).startsWith("First two principal components"), "principal components are shown too");
}

async function codesPage() {
  desk.run("encode", "linked.h5", "--from", "seen", "-o", "codes.h5", "--quiet");
  desk.run("encode", "linked.h5", "--by", "frames", "-o", "pixels.codes.h5", "--quiet");
  desk.run("report", "codes.h5", "pixels.codes.h5", "-o", "codes");
  const numbers = desk.read("codes.h5", ["/held_out/labels", "/held_out/spikes", "/held_out/codes"]);
  const page = await open(browser, desk.file("codes/index.html"));
  const frames = desk.read("pairs.h5", ["/seen"])["/seen"];
  const shown = await page.evaluate(() => { const [codes] = striate.codes, n = unpack(codes.frame); return Array.from(n, (_, k) => [n[k], Array.from(rowOf(codes.senses[0].pixels, k))]); });
  check(shown.length === 60 && shown.every(([n, pixels]) => pixels.every((v, p) => Math.abs(v - frames[n * 20 + p]) < 0.01)), "a code has the frame that it is of");
  await pointsAtCodes(page, numbers);
  await picture(page, "codes");
  await walksCodes(page);
  await holdsToAxe(page, "codes");
  check(page.complaints.length === 0, page.complaints.join("; "));
  await page.close();
  const narrow = await open(browser, desk.file("codes/index.html"), { viewport: { width: 400, height: 800 }, colorScheme: "dark" });
  await isNarrow(narrow, "codes, 400 px");
  await holdsToAxe(narrow, "codes, 400 px, dark");
  await narrow.close();
}

// ---- learned weights

async function learnedPage() {
  const N = 12, n = 15, pinned = 5, other = 10;
  desk.write("learned.yaml", LEARNED);
  desk.run("run", "learned.yaml", "-o", "learned.h5", "--quiet");
  desk.run("report", "learned.h5", "-o", "learned");
  const { "/network/v1/Q": Q } = desk.read("learned.h5", ["/network/v1/Q"]);
  const influence = (to, from) => [12, 13, 14].reduce((sum, k) => sum - Q[to * n + k] * Q[k * n + from], Q[to * n + from]);
  const page = await open(browser, `${desk.file("learned/index.html")}`, { hash: `#layer=lateral_out&neuron=${pinned}` });
  for (const [name, expected] of [[/^Its spikes on others, over hidden neurons/, influence(other, pinned)], [/^Others' spikes on it, over hidden neurons/, influence(pinned, other)]]) {
    await page.getByLabel(name).check();
    await page.locator(".stage").first().scrollIntoViewIfNeeded();
    const box = await page.locator(".stage").first().boundingBox();
    await page.mouse.move(box.x + (((other % 4) + 0.5) * box.width) / 4, box.y + ((Math.floor(other / 4) + 0.5) * box.height) / 3, { steps: 2 });
    await settled(page);
    const said = (await page.locator("#tip .here").innerText()).match(/(\S+)$/)[1];
    check(sameNumber(said, expected), `${name}: ${said}, of the file's weights ${expected}`);
  }
  check(influence(other, pinned) !== influence(pinned, other), "the two are not the same");
  const shown = await page.evaluate((i) => hiddenNeurons(striate.runs[0]).map((k) => [learnedWeight(striate.runs[0], k, i), learnedWeight(striate.runs[0], i, k)]), pinned);
  check(shown.length === 3 && shown.every(([out, back], k) => out === Q[(N + k) * n + pinned] && back === Q[pinned * n + N + k]), "weights to and from hidden neurons are the file's");
  check((await page.locator(".neuron .title", { hasText: "Weights with 3 hidden neurons" }).count()) === 1, "and are drawn");
  await picture(page, "learned");
  await holdsToAxe(page, "learned weights");
  check(page.complaints.length === 0, page.complaints.join("; "));
  await page.close();
}

// ---- a sweep

async function sweepTable(page, lambda, energy) {
  const cells = (name) => page.locator(`#points td[data-number="${name}"]`).evaluateAll((all) => all.map((cell) => Number(cell.dataset.value)));
  check(String(await cells("populations.v1.held_out_energy")) === String(energy), "the table has the file's numbers");
  check((await page.locator("p.lead").innerText()).includes(`${Number(Math.min(...energy).toPrecision(4))}, is that of`), "the best is said above");
  const heading = page.getByRole("button", { name: "populations.v1.held_out_energy" });
  await heading.focus();
  await page.keyboard.press("Enter");
  check(String(await cells("populations.v1.held_out_energy")) === String(energy.slice().sort((a, b) => a - b)), "Enter on a heading sorts");
  await page.keyboard.press("Enter");
  check(String(await cells("populations.v1.held_out_energy")) === String(energy.slice().sort((a, b) => b - a)), "and again the other way");
  check((await page.locator("th[aria-sort=descending]").count()) === 1, "which the heading says");
  await page.getByRole("button", { name: "Point" }).click();
  check(String(await cells("populations.v1.lambda")) === String(lambda), "points stand in their order again");
  await page.getByLabel("Add a column").selectOption("populations.v1.sparseness");
  check((await cells("populations.v1.sparseness")).length === 4, "a column is added");
}

async function sweepPoints(page, energy) {
  const third = page.locator("circle.point").nth(2);
  await third.hover();
  await settled(page);
  const said = (await page.locator("#tip").innerText()).match(/held_out_energy (\S+)/)[1];
  check(sameNumber(said, energy[2]), `under the cursor ${said}, in the file ${energy[2]}`);
  check((await page.locator("#points tr.lit").innerText()).startsWith("lambda=0.1_seed=1"), "its row lights up");
  check((await page.locator("circle.point.kept").count()) === 3, "three of four have a page");
  check((await page.locator("#points tbody tr").nth(3).innerText()).includes("not beside the table"), "the fourth says why it has none");
  await picture(page, "sweep");
}

async function sweepPage() {
  desk.write("sweep.yaml", SWEEP);
  desk.run("sweep", "sweep.yaml", "-o", "sweep", "--jobs", "1", "--threads", "1", "--quiet");
  rmSync(desk.file("sweep/lambda=0.1_seed=2.h5"));
  desk.run("report", "sweep/table.h5", "-o", "swept", "--quiet");
  const { "/table/populations.v1.lambda": lambda, "/table/populations.v1.held_out_energy": energy } = desk.read("sweep/table.h5", ["/table/populations.v1.lambda", "/table/populations.v1.held_out_energy"]);
  const plain = await open(browser, desk.file("swept/index.html"), { javaScriptEnabled: false });
  check((await plain.locator("#points a").count()) === 3, "without scripts there is a table with links");
  await plain.close();
  const page = await open(browser, desk.file("swept/index.html"));
  await sweepTable(page, lambda, energy);
  await sweepPoints(page, energy);
  await holdsToAxe(page, "sweep");
  await page.locator("#points a").nth(1).focus();
  await page.keyboard.press("Enter");
  await page.waitForURL("**/points/lambda=0.06_seed=2/index.html");
  await page.waitForFunction(() => document.documentElement.dataset.ready);
  check((await page.locator(".stage").count()) === 1, "a row opens its run");
  check(page.complaints.length === 0, page.complaints.join("; "));
  await page.close();
  const narrow = await open(browser, desk.file("swept/index.html"), { viewport: { width: 400, height: 800 }, colorScheme: "dark" });
  await isNarrow(narrow, "sweep, 400 px");
  await picture(narrow, "sweep-narrow", { fullPage: true });
  await holdsToAxe(narrow, "sweep, 400 px, dark");
  await narrow.close();
}

await sheetPage();
await narrowAndDark();
await withoutScripts();
await kernelsPage();
await circuitPage();
await twoRuns();
await sweepPage();
await linkedPage();
await learnedPage();
await codesPage();
await browser.close();
finish(begun);
