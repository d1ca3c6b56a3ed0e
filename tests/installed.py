#!/usr/bin/env python3
"""Installs what was built into an empty prefix, and uses it from there as its users do.

    installed.py CMAKE BUILD PYTHON_IS_BUILT
"""
import os
import subprocess
import sys
import tempfile
from pathlib import Path


def run(*command, folder, **environment):
    done = subprocess.run([str(word) for word in command], cwd=folder, capture_output=True, text=True,
                          env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment})
    assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done


def check_program(prefix, here):
    striate = prefix / "bin/striate"
    assert run(striate, "--version", folder=here).stdout.startswith("striate 0.")
    done = run(striate, "run", "two_cells.yaml", folder=here)  # which is not here
    assert f"two_cells.yaml: not in this folder; runs {prefix}/share/striate/configs/two_cells.yaml" in done.stderr
    assert "first           1 lif_delta: 3 spikes" in done.stdout and (here / "two_cells.h5").exists()
    mine = (prefix / "share/striate/configs/two_cells.yaml").read_text().replace("1.5 ms", "2.5 ms")
    (here / "two_cells.yaml").write_text(mine)  # what is here comes first
    assert "not in this folder" not in run(striate, "run", "two_cells.yaml", "--force", folder=here).stderr
    assert "delay: 2.5 ms" in run(striate, "validate", "two_cells.yaml", folder=here).stdout
    found = run("./striate", "run", "brunel.yaml", "--set", "duration=1 ms", "--quiet", folder=prefix / "bin")
    assert "excitatory" in found.stdout  # however the program is called
    (prefix / "bin/brunel.h5").unlink()


def check_manual(prefix, here):
    page = run("zcat", prefix / "share/man/man1/striate.1.gz", folder=here).stdout
    assert page.startswith(".TH STRIATE 1") and ".SS striate analyze" in page and "\\-\\-resume" in page


def check_completion(prefix, here):
    def completed(*words):
        script = (f"source {prefix}/share/bash-completion/completions/striate; PATH={prefix}/bin:$PATH; "
                  f"COMP_WORDS=(striate {' '.join(words)}); COMP_CWORD={len(words)}; _striate; echo \"${{COMPREPLY[@]}}\"")
        return run("bash", "-c", script, folder=here).stdout.split()
    assert completed("an") == ["analyze"]
    assert completed("run", "--qu") == ["--quiet"]
    assert completed("run", "v1_sh") == ["v1_sheet.yaml"]
    assert completed("help", "comp") == ["compare"]


def check_python(prefix, here):
    script = ("import striate; run = striate.run('stdp.yaml', set={'duration': '100 ms'}, progress=False); "
              "print(striate.__file__, *run.populations)")
    done = run(sys.executable, "-c", script, folder=here, PYTHONPATH=str(prefix / "lib/python3/dist-packages"))
    assert done.stdout.startswith(str(prefix)) and len(done.stdout.split()) > 2


def check_library(cmake, prefix, here):
    source = Path(__file__).resolve().parent.parent / "examples/own_neuron"
    run(cmake, "-S", source, "-B", "own", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}", folder=here)
    run(cmake, "--build", "own", folder=here)
    # Beats at 20, 25, ... ms; what drives a cell over its threshold makes it fire 1 ms later.
    assert run("own/own_neuron", folder=here).stdout == " 50 ms: 6 beats, 6 spikes\n100 ms: 10 beats, 10 spikes\n"


def main():
    cmake, build, python_is_built = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        prefix, here = Path(folder) / "prefix", Path(folder) / "here"
        here.mkdir()
        run(cmake, "--install", build, "--prefix", prefix, folder=here)
        check_program(prefix, here)
        check_manual(prefix, here)
        check_completion(prefix, here)
        check_library(cmake, prefix, here)
        if python_is_built == "1":
            check_python(prefix, here)


if __name__ == "__main__":
    main()
