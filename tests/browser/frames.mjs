// How smooth brushing is: frames.mjs INDEX.HTML...
//
// Drags a selection over a distribution of each page, and the pointer over an empty page in the same way. Prints how long
// a frame takes, its ratio to that of the empty page, and, of Chromium's trace, how long the page's thread is busy in a
// frame (60 frames a second leave 16.7 ms); besides, the size of the page and when it is seen.
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { open, startBrowser } from "./support.mjs";

const MOVES = 120;
const browser = await startBrowser();
const median = (values) => values.slice().sort((a, b) => a - b)[Math.floor(values.length / 2)];

// Frames of the screen while `move(k)` is done MOVES times, and the busy time of the thread in them [ms].
async function measure(page, move) {
  await browser.startTracing(page, { categories: ["toplevel", "devtools.timeline"] });
  await page.evaluate(() => {
    window.frames_ = [];
    const tick = (t) => { window.frames_.push(t); window.ticking = requestAnimationFrame(tick); };
    window.ticking = requestAnimationFrame(tick);
  });
  for (let k = 0; k < MOVES; ++k) await move(k);
  const times = await page.evaluate(() => { cancelAnimationFrame(window.ticking); return window.frames_; });
  const trace = JSON.parse((await browser.stopTracing()).toString()).traceEvents;
  const begins = trace.filter((e) => e.name === "FireAnimationFrame");
  const thread = begins.length > 0 ? begins[0] : null;
  const isTask = (e) => e.name.endsWith("RunTask") && e.dur && thread && e.pid === thread.pid && e.tid === thread.tid;
  const busy = trace.filter(isTask).reduce((sum, e) => sum + e.dur / 1000, 0);
  const intervals = times.slice(1).map((t, k) => t - times[k]);
  return { interval: median(intervals), slowest: Math.max(...intervals), busy: busy / times.length, n: times.length };
}

async function ofEmptyPage() {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.setContent("<p>empty</p>");
  const frame = await measure(page, (k) => page.mouse.move(200 + (k % 60) * 4, 300));
  await page.close();
  return frame;
}

async function ofBrushing(file) {
  const page = await open(browser, file);
  const overlay = page.locator(".distributions .brush .overlay").first();
  await overlay.scrollIntoViewIfNeeded();
  const box = await overlay.boundingBox(), y = box.y + 40;
  await page.mouse.move(box.x + 0.2 * box.width, y);
  await page.mouse.down();
  const frame = await measure(page, (k) => page.mouse.move(box.x + (0.3 + 0.6 * Math.abs(((k % 60) - 30) / 30)) * box.width, y));
  await page.mouse.up();
  const [seen, ready, n] = await page.evaluate(() => [document.documentElement.dataset.seen, document.documentElement.dataset.ready, striate.runs[0].rows * striate.runs[0].cols]);
  await page.close();
  return { ...frame, seen, ready, neurons: n };
}

const words = (f) => `${f.interval.toFixed(1)} ms a frame (slowest ${f.slowest.toFixed(1)}), thread busy ${f.busy.toFixed(1)} ms of it, ${f.n} frames`;
const empty = await ofEmptyPage();
console.log(`empty page: ${words(empty)}`);
for (const file of process.argv.slice(2)) {
  const frame = await ofBrushing(resolve(file));
  console.log(`${file}: ${(statSync(file).size / 1e6).toFixed(1)} MB, ${frame.neurons} neurons, seen after ${frame.seen} ms, all after ${frame.ready} ms`);
  console.log(`  brushing: ${words(frame)}, ${(frame.interval / empty.interval).toFixed(2)} times the empty page's frame`);
}
await browser.close();
