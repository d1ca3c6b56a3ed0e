#!/usr/bin/env python3
"""Every code block and every command of README.md, CONTRIBUTING.md and docs/ is compiled, run or parsed.

    documents.py extract DIR                       writes the C++ blocks into DIR, for CMake to compile
    documents.py check STRIATE DOCUMENTED [WORD]   runs the rest (of documents whose name has WORD in it)

STRIATE is the program, DOCUMENTED the program with the components of docs/adding_a_component.md linked in.

What a block is, its language tag says; a block without one is an error:

    cpp             a whole file; after a line `path/of/file.cpp` it is a component, linked into DOCUMENTED
    yaml            a config, or a sweep if it has one of a sweep's keys
    sh              commands, each run on small inputs: files that the documents name stand in the folder
    python          run on the same files; what imports striate is passed over where the package is not built
    matlab, julia   the datasets they read are looked up
    text            anything else: equations, output, fragments. Lines that begin with `$ ` are commands

Commands in the text, between backticks, are held to the help of their program, and names of files must exist.
"""
import importlib.util
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
TAGS = {"cpp", "yaml", "sh", "python", "matlab", "julia", "text"}
TIMEOUT = 500  # s, of one command on small inputs, on however busy a machine
HAS_PACKAGE = importlib.util.find_spec("striate") is not None
SWEEP_KEYS = {"config", "run", "grid", "list", "analysis_grid", "score"}


class Block:
    def __init__(self, page, line, tag, before):
        self.page, self.line, self.tag, self.before = page, line, tag, before
        self.lines = []

    @property
    def text(self):
        return "\n".join(self.lines) + "\n"

    @property
    def place(self):
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks_of(page):
    """The blocks of a page, and its other lines with their numbers."""
    blocks, prose, block, before = [], [], None, ""
    for number, line in enumerate(page.read_text(encoding="utf-8").split("\n"), 1):
        if line.startswith("```"):
            if block is None:
                block = Block(page, number, line[3:].strip(), before)
            else:
                blocks.append(block)
                block = None
        elif block is not None:
            block.lines.append(line)
        else:
            prose.append((number, line))
            before = line.strip() or before
    return blocks, prose


# ---- C++

def name_of(block):
    """The file of a C++ block: the one named in the line before it, or one after its place."""
    named = re.fullmatch(r"`([\w/]+\.cpp)`", block.before)
    if named:
        return Path(named[1]).name
    return f"{block.page.stem}_{block.line}.cpp"


def extract(folder):
    folder.mkdir(parents=True, exist_ok=True)
    wanted = set()
    for page in PAGES:
        for block in blocks_of(page)[0]:
            if block.tag != "cpp":
                continue
            file = folder / name_of(block)
            wanted.add(file.name)
            if not file.exists() or file.read_text(encoding="utf-8") != block.text:
                file.write_text(block.text, encoding="utf-8")
    for file in folder.glob("*.cpp"):
        if file.name not in wanted:
            file.unlink()
    print(";".join(str(folder / name) for name in sorted(wanted)), end="")


# ---- the folder in which commands run

TINY = """seed: 7
frame: {height: 12 px, width: 12 px}
stimulus: {kind: dead_leaves, dead_leaves: {canvases: 2, size: 48, r_max: 16 px}}
populations:
  v1:
    kind: slca
    lambda: 0.1
    sheet: {rows: 8, cols: 8}
    receptive_field: {R: 4 px, span: 6 px}
    plasticity: {kind: residual_hebbian}
presentation: {T: 50 ms}
learning: {batches: 5, batch_size: 10, held_out: 3}
record: {snapshots: 2}
analysis:
  gratings: {orientations: 8, frequencies: 3, phases: 4}
  cells: 4
  noise_frames: 20
  natural_frames: 10
"""
LINKED = """seed: 5
senses:
  written: {height: 4 px, width: 5 px, kind: array, array: {file: pairs.h5, dataset: /a, labels: /labels}}
  printed: {height: 4 px, width: 5 px, kind: array, array: {file: pairs.h5, dataset: /b, labels: /labels}}
populations: {v1: {kind: slca, lambda: 0.05, sheet: {rows: 4, cols: 5}, plasticity: {kind: residual_hebbian}}}
presentation: {T: 50 ms}
learning: {batches: 3, batch_size: 10, held_out: 5}
"""
KERNELS = """frame: {height: 24 px, width: 24 px}
stimulus: {kind: photographs, photographs: {folders: photographs, size: 24}}
populations:
  v1:
    kind: admm
    lambda: 0.01
    objective: {signed: true}
    kernels: {size: 8, border: periodic, log_gabor: {orientations: 2}}
    admm: {iterations: 2}
learning: {batch_size: 1, held_out: 1, least_energy: false}
record: {frames: true}
"""


def sets(*pairs):
    return [word for pair in pairs for word in ("--set", pair)]


SMALL = sets("learning.batches=2", "learning.batch_size=4", "learning.held_out=2")
FEW = sets("analysis.noise_frames=20", "analysis.natural_frames=10", "analysis.cells=2")


class Desk:
    """A folder with everything that the documents' commands read, made small."""

    def __init__(self, folder, striate, documented):
        self.folder, self.striate, self.documented = folder, striate, documented
        # What is cached is cached here, and no browser is opened.
        self.environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
        self.environment["XDG_CACHE_HOME"] = str(folder / "cache")

    def run(self, words, ends=True):
        """Runs a command. returns (exit code, output)

        ends    or is stopped as soon as it says something, or has not refused for a few seconds
        """
        log = self.folder / "output"
        with open(log, "w+b") as out:
            process = subprocess.Popen(words, cwd=self.folder, stdout=out, stderr=subprocess.STDOUT, env=self.environment)
            begun = time.monotonic()
            stopped = False
            while process.poll() is None and time.monotonic() - begun < TIMEOUT:
                is_at_work = log.stat().st_size > 0 or time.monotonic() - begun > 5
                if not ends and not stopped and is_at_work:
                    process.send_signal(signal.SIGTERM)
                    stopped = True
                time.sleep(0.01)
            if process.poll() is None:
                process.kill()
                process.wait()
                return "timeout", ""
        text = log.read_text(encoding="utf-8", errors="replace")
        stopped_well = stopped and process.returncode in (130, 143, -signal.SIGTERM)
        return 0 if stopped_well else process.returncode, text

    def make(self, *words):
        code, text = self.run([self.striate, *words])
        if code != 0:
            raise SystemExit(f"striate {' '.join(words)}: exit code {code}\n{text}")

    def write(self, name, text):
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text, encoding="utf-8")

    def prepare(self):
        import h5py
        for name in ("configs", "setup", "docs"):
            (self.folder / name).symlink_to(ROOT / name)
        self.write("tiny.yaml", TINY)
        self.write("linked.yaml", LINKED)
        self.write("kernels.yaml", KERNELS)
        pixels = bytes(p * p % 251 for p in range(24 * 60))
        (self.folder / "photographs").mkdir()
        (self.folder / "photographs/one.pgm").write_bytes(b"P5 60 24 255\n" + pixels)
        with h5py.File(self.folder / "pairs.h5", "w") as pairs:
            labels = [k % 4 for k in range(40)]
            for sense in "ab":
                pairs[sense] = [[[1.0 if (5 * r + c) % 4 == k else 0.1 * ((r + c + i) % 3) for c in range(5)]
                                 for r in range(4)] for i, k in enumerate(labels)]
            pairs["labels"] = labels
        cells = "circular_variance,half_bandwidth,F1_F0\n" + "".join(
            f"{0.3 + 0.01 * k},{18 + k},{1.4 - 0.01 * k}\n" for k in range(30))
        self.write("my_cells.csv", cells)
        self.make("run", "tiny.yaml", "-o", "sheet.h5", "--quiet")
        self.make("analyze", "sheet.h5")
        self.make("run", "linked.yaml", "-o", "linked.h5", "--quiet")
        self.make("encode", "linked.h5", "-o", "linked.codes.h5", "--quiet")
        self.make("run", "kernels.yaml", "-o", "heterogeneous.h5", "--quiet")
        self.make("run", "configs/two_cells.yaml", "-o", "two.h5", "--quiet")
        self.make("run", "configs/two_areas.yaml", "-o", "two_areas.h5", "--quiet", *SMALL,
                  *sets("stimulus.kind=dead_leaves"))
        for copy, of in {"digits.h5": "linked.h5", "ord.h5": "linked.h5", "digits.codes.h5": "linked.codes.h5",
                         "pixels.codes.h5": "linked.codes.h5", "homogeneous.h5": "heterogeneous.h5",
                         "cells.csv": "my_cells.csv",
                         "theories/config=v1_match_seed=1.analysis.h5": "sheet.analysis.h5"}.items():
            (self.folder / copy).parent.mkdir(exist_ok=True)
            shutil.copy(self.folder / of, self.folder / copy)
        (self.folder / "dead_leaves").mkdir()
        self.write("few.yaml", "config: tiny.yaml\ngrid: {populations.v1.lambda: [0.1, 0.2]}\nanalyze: false\n"
                               "score: populations.v1.held_out_energy\n")
        self.make("sweep", "few.yaml", "-o", "few", "--quiet")
        shutil.copy(self.folder / "few/table.h5", self.folder / "dead_leaves/table.h5")


def small_config(config):
    """Settings under which a config of the project runs in a moment, without files it would need."""
    text = config.read_text(encoding="utf-8")
    if re.search(r"^duration:", text, re.M):
        return sets("duration=20 ms")
    senses = re.search(r"^senses:\n((?: .*\n)+)", text, re.M)
    if senses:
        return SMALL + sets(*(f"senses.{name}.kind=dead_leaves" for name in re.findall(r"^  (\w+):", senses[1], re.M)))
    import yaml
    populations = yaml.safe_load(text)["populations"]
    first = next(iter(populations))
    shape = [f"populations.{first}.sheet.{side}=8" for side in ("rows", "cols")]
    if "kernels" in populations[first]:
        shape = ["frame.height=32 px", "frame.width=32 px", f"populations.{first}.admm.iterations=2",
                 "presentation.T=10 ms"]
    return SMALL + FEW + sets("stimulus.kind=dead_leaves", *(shape if len(populations) == 1 else []))


class Checker:
    def __init__(self, desk):
        self.desk, self.n, self.failures = desk, 0, []
        self.helps, self.targets = {}, None

    def fail(self, place, what):
        self.failures.append(f"{place}: {what}")
        print(self.failures[-1], flush=True)

    def check(self, place, is_right, what):
        self.n += 1
        if not is_right:
            self.fail(place, what)

    # ---- commands

    def commands(self, block, lines):
        """A shell block's commands, words of each, with where they stand."""
        joined = "\n".join(lines).replace("\\\n", " ")
        for line in joined.split("\n"):
            line = line.strip()
            if not line or line.startswith("#") or line == "^C":
                continue
            for command in line.split("&&"):
                words = shlex.split(command, comments=True)
                if words:
                    self.command(block.place, words)

    def command(self, place, words):
        while words and re.fullmatch(r"\w+=\S*", words[0]):
            words = words[1:]
        if ">" in words:
            words = words[:words.index(">")]
        program = Path(words[0]).name
        said = " ".join(words)
        if program == "striate":
            self.striate(place, said, words[1:])
        elif program == "striate_deep":  # it needs libtorch
            source = "".join((ROOT / "apps" / file).read_text(encoding="utf-8")
                             for file in ("classify.cpp", "options.cpp"))
            for word in words[1:]:
                if word.startswith("-"):
                    self.check(place, f'{word}"' in source, f"{said}: there is no option {word}")
        elif program == "make":
            done = subprocess.run(["make", "-n", "-C", str(ROOT), *words[1:]], capture_output=True, text=True)
            self.check(place, done.returncode == 0, f"{said}: {done.stderr}")
        elif program in ("cmake", "ctest"):
            presets = {one["name"] for kind, all in json.loads((ROOT / "CMakePresets.json").read_text()).items()
                       if kind.endswith("Presets") for one in all}
            named = words[words.index("--preset") + 1]
            self.check(place, named in presets, f"{said}: there is no preset {named}")
        elif program == "g++":
            files = sorted((self.desk.documented.parent / "documents").glob("*.cpp"))
            for file in files[-1:]:  # of one; CMake has compiled them all
                flags = [str(file) if word == "FILE" else word for word in words]
                done = subprocess.run(flags, cwd=ROOT, capture_output=True, text=True)
                self.check(place, done.returncode == 0 and not done.stderr, f"{said}: {file.name}: {done.stderr}")
        elif program == "h5dump":
            self.check(place, (self.desk.folder / words[-1]).exists(), f"{said}: no such file is made")
        elif (ROOT / words[0]).is_file():
            self.check(place, os.access(ROOT / words[0], os.X_OK), f"{words[0]}: cannot be run")
        else:
            self.check(place, False, f"{said}: what is {words[0]}?")

    def striate(self, place, said, words):
        verb = words[0]
        ends = verb != "bench" and verb != "sweep"
        words = [re.sub(r"=C$", "=0.1", word) for word in words]
        if verb == "run":
            config = self.desk.folder / words[1]
            words = [word for word in words if word != "--resume"]  # there is nothing to resume here
            words += ["--force", *(small_config(config) if "configs/" in words[1] else [])]
            if "-o" not in words and not (set(words) & {"--output"}):
                words += ["-o", config.stem + ".h5"]
            at = words.index("-o") + 1
            if (self.desk.folder / words[at]).exists():
                words[at] = "another.h5"  # later commands want the one that is there
        elif verb in ("analyze", "encode"):
            words += ["--force", *(FEW if verb == "analyze" else [])]
            if verb == "analyze":  # later blocks want the whole analysis that is there
                words = [word for k, word in enumerate(words) if word != "-o" and (k == 0 or words[k - 1] != "-o")]
                words += ["-o", "another.analysis.h5"]
        program = self.desk.documented if "bars.yaml" in said or "spiking.h5" in said else self.desk.striate
        code, text = self.desk.run([program, *words], ends)
        self.check(place, code == 0, f"{said}: exit code {code} of {shlex.join(words)}\n{text[-1500:]}")
        return text

    # ---- blocks

    def yaml(self, block):
        import yaml
        keys = set(yaml.safe_load(block.text))
        name = f"block_{block.line}.yaml"
        first = re.match(r"# (\S+\.yaml)\n", block.text)
        if keys & SWEEP_KEYS:
            text = block.text if keys & {"config", "run"} else "config: ../v1_sheet.yaml\n" + block.text
            self.desk.write(f"sweeps/{name}", re.sub(r"^(config: )\.\./", rf"\1{ROOT}/configs/", text, flags=re.M))
            self.striate(block.place, f"the sweep of {block.place}", ["sweep", f"sweeps/{name}", "-o", f"{name}.out"])
            return
        self.desk.write(name, block.text)
        if first:
            self.desk.write(first[1], block.text)
        code, text = self.desk.run([self.desk.documented, "validate", name])
        self.check(block.place, code == 0, f"is no valid config: {text}")
        shown = re.match(r"`(configs/\S+\.yaml)`", block.before)
        if shown:
            of_file = (ROOT / shown[1]).read_text(encoding="utf-8")
            self.check(block.place, yaml.safe_load(block.text) == yaml.safe_load(of_file), f"is not {shown[1]}")

    def python(self, block, names):
        os.chdir(self.desk.folder)
        try:
            exec(compile(block.text, block.place, "exec"), names)
            self.n += 1
        except Exception as error:
            self.check(block.place, False, f"{type(error).__name__}: {error}")

    def datasets(self, block):
        import h5py
        for file, dataset in re.findall(r"""h5read\(['"]([^'"]+)['"], ['"]([^'"]+)['"]\)""", block.text):
            with h5py.File(self.desk.folder / file) as read:
                self.check(block.place, dataset in read, f"{file} has no {dataset}")

    def transcript(self, block):
        """Commands of a block of output, and the numbers they are said to print."""
        commands = [line[2:] for line in block.lines if line.startswith("$ ")]
        if "held-out energy" not in block.text:
            self.commands(block, commands)
            return
        for part in block.text.split("$ ")[1:]:
            command, _, said = part.partition("\n")
            words = shlex.split(command, comments=True)
            if Path(words[0]).name != "striate" or words[1] != "run":
                self.command(block.place, words)
                continue
            printed = self.striate(block.place, command, words[1:])
            for line in said.split("\n"):
                if line.startswith(("held-out energy", "relE", "stimulus")):
                    self.check(block.place, line in printed, f"{command} does not print\n{line}\nbut\n{printed}")

    # ---- prose

    def help_of(self, verb):
        if verb not in self.helps:
            code, text = self.desk.run([self.desk.striate, verb, "--help"])
            self.helps[verb] = text if code == 0 else None
        return self.helps[verb]

    def inline(self, place, code):
        words = code.split()
        if words[0] == "striate" and len(words) > 1 and re.fullmatch(r"[a-z]+", words[1]):
            text = self.help_of(words[1])
            self.check(place, text is not None, f"`{code}`: there is no command {words[1]}")
            for word in words[2:]:
                if text is not None and word.startswith("-"):
                    self.check(place, word.split("=")[0] in text, f"`{code}`: there is no option {word}")
        elif words[0] == "make" and len(words) > 1:
            if self.targets is None:
                makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
                self.targets = set(re.search(r"^\.PHONY: (.*)$", makefile, re.M)[1].split())
            self.check(place, words[1] in self.targets, f"`{code}`: there is no target {words[1]}")
        elif re.fullmatch(r"(configs|docs|tests|setup|sim|models|analysis|apps|lab|decoding|deep|bench)"
                          r"/[\w./]+\.(yaml|md|cpp|hpp|txt|py|sh)", code):
            self.check(place, (ROOT / code).exists() or code in self.written, f"`{code}` does not exist")

    def prose(self, page, lines):
        self.written = {re.fullmatch(r"`(\S+)`", line.strip())[1] for _, line in lines
                        if re.fullmatch(r"`\S+\.cpp`", line.strip())}
        for number, line in lines:
            place = f"{page.relative_to(ROOT)}:{number}"
            for code in re.findall(r"`([^`]+)`", line):
                if code.strip():
                    self.inline(place, code)
            for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", line):
                if "://" not in link:
                    self.check(place, (page.parent / link).exists(), f"the link to {link} leads nowhere")

    def page(self, page):
        blocks, prose = blocks_of(page)
        names = {"p": 0}
        needs_package = any(block.tag == "python" and "import striate" in block.text for block in blocks)
        if needs_package and not HAS_PACKAGE:
            print(f"{page.relative_to(ROOT)}: its Python is passed over: the package is not built")
        for block in blocks:
            self.check(block.place, block.tag in TAGS, f"a block of {block.tag or 'no language'}: tag it as one of "
                                                       f"{', '.join(sorted(TAGS))}")
            if block.tag == "sh":
                self.commands(block, block.lines)
            elif block.tag == "yaml":
                self.yaml(block)
            elif block.tag == "python":
                if HAS_PACKAGE or not needs_package:
                    self.python(block, names)
            elif block.tag in ("matlab", "julia"):
                self.datasets(block)
            elif block.tag == "text":
                self.transcript(block)
        self.prose(page, prose)


def check(striate, documented, word):
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder), Path(striate).resolve(), Path(documented).resolve())
        desk.prepare()
        checker = Checker(desk)
        for page in PAGES:
            if word in str(page):
                checker.page(page)
        os.chdir(ROOT)
    print(f"documents: {checker.n} checks, {len(checker.failures)} failed")
    return 1 if checker.failures or checker.n == 0 else 0


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "extract":
        extract(Path(sys.argv[2]))
    elif len(sys.argv) in (4, 5) and sys.argv[1] == "check":
        sys.exit(check(sys.argv[2], sys.argv[3], sys.argv[4] if len(sys.argv) == 5 else ""))
    else:
        sys.exit(__doc__)
