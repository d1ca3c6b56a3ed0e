// A browser, pages of reports made for the test, and checks that are counted.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const CHROMIUM = "/usr/bin/chromium";

let failures = 0;
let checks = 0;

export function check(isSo, what) {
  ++checks;
  if (isSo) return;
  ++failures;
  console.log(`FAILED: ${what}`);
}

export function near(a, b, tolerance, what) {
  check(Math.abs(a - b) <= tolerance, `${what}: ${a}, must be ${b}`);
}

export function finish(begun) {
  console.log(`${checks} checks, ${failures} failed, ${((Date.now() - begun) / 1000).toFixed(1)} s`);
  process.exit(failures === 0 ? 0 : 1);
}

// Chromium of Debian, or null where it is not installed.
export async function startBrowser() {
  if (!existsSync(CHROMIUM)) return null;
  return chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"] });
}

// A folder of its own, gone at the end, in which striate is run.
export class Desk {
  constructor(striate) {
    this.striate = striate;
    this.folder = mkdtempSync(join(tmpdir(), "striate-browser-"));
    process.on("exit", () => rmSync(this.folder, { recursive: true, force: true }));
  }

  file(name) {
    return join(this.folder, name);
  }

  write(name, text) {
    writeFileSync(this.file(name), text);
  }

  run(...words) {
    return execFileSync(this.striate, words, { cwd: this.folder, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  }

  // Frames of two senses, of 20 and of 24 pixels: class k lights every fourth pixel from k on, with noise.
  writePairs(file) {
    const code = `import h5py, numpy as np, sys
random, labels = np.random.default_rng(3), np.arange(60) % 4
def frames(size):
    x = (np.arange(size) % 4 == labels[:, None]) + 0.2 * random.standard_normal((60, size))
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype("f4")
with h5py.File(sys.argv[1], "w") as f:
    f["seen"], f["heard"], f["labels"] = frames(20), frames(24), labels.astype("i4")`;
    execFileSync("/usr/bin/python3", ["-c", code, this.file(file)]);
  }

  // Datasets of an HDF5 file, as numbers.
  read(file, datasets) {
    const code = "import h5py, json, sys\nwith h5py.File(sys.argv[1]) as f: print(json.dumps({d: f[d][:].ravel().tolist() for d in sys.argv[2:] if d in f}))";
    const text = execFileSync("/usr/bin/python3", ["-c", code, this.file(file), ...datasets], { encoding: "utf8", maxBuffer: 1 << 28 });
    return JSON.parse(text.replace(/NaN/g, "null"));
  }
}

// A page that is open (options.hash: at this place of it), with what it complained of and asked for.
export async function open(browser, file, options = {}) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
  page.setDefaultTimeout(600_000);  // ms; beside busy neighbours a page may take minutes
  page.complaints = [];
  page.on("console", (message) => message.type() === "error" && page.complaints.push(message.text()));
  page.on("pageerror", (error) => page.complaints.push(error.message));
  page.on("request", (request) => /^(file|data|blob):/.test(request.url()) || page.complaints.push(`asks for ${request.url()}`));
  await page.goto(`file://${file}${options.hash || ""}`);
  if (options.javaScriptEnabled !== false) await page.waitForFunction(() => document.documentElement.dataset.ready);
  return page;
}

// What was asked of the page is drawn: changes are told in the next frame of the screen, and drawn by the one after it.
export function settled(page) {
  return page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done)))));
}
