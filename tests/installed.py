#!/usr/bin/env python3
"""Installs what was built into an empty prefix, and uses it from there as its users do.

    installed.py CMAKE BUILD PYTHON_IS_BUILT
"""
import os
import pty
import re
import select
import shutil
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


def check_bash(prefix, here):
    def completed(*words):
        script = (f"source {prefix}/share/bash-completion/completions/striate; PATH={prefix}/bin:$PATH; "
                  f"COMP_WORDS=(striate {' '.join(words)}); COMP_CWORD={len(words)}; _striate; echo \"${{COMPREPLY[@]}}\"")
        return run("bash", "-c", script, folder=here).stdout.split()
    assert completed("an") == ["analyze"]
    assert completed("run", "--qu") == ["--quiet"] and completed("run", "--son") == ["--sonata"]
    assert completed("run", "v1_sh") == ["v1_sheet.yaml"]
    assert completed("help", "comp") == ["compare"]
    assert completed("analyze", "--qu") == ["--quiet"] and completed("schema", "--qu") == []


def check_fish(prefix, here):
    def completed(line):
        script = f"source {prefix}/share/fish/vendor_completions.d/striate.fish; complete -C '{line}'"
        found = run("fish", "--no-config", "-c", script, folder=here, PATH=f"{prefix}/bin:{os.environ['PATH']}", HOME=str(here)).stdout
        return [entry.split("\t")[0] for entry in found.splitlines()]
    assert completed("striate an") == ["analyze"]
    assert completed("striate run --qu") == ["--quiet"] and completed("striate run --son") == ["--sonata"]
    assert completed("striate run v1_sh") == ["v1_sheet.yaml"]
    assert completed("striate help comp") == ["compare"]
    assert completed("striate schema --qu") == []


def check_zsh(prefix, here):
    """In a terminal, since there zsh completes and nowhere else. What stands in the line after a tab is printed by a key of our own."""
    begin = (f"fpath=({prefix}/share/zsh/vendor-completions $fpath); autoload -U compinit; compinit -D -u; "
             "show() { print -r -- \"<<$BUFFER>>\"; BUFFER=; }; zle -N show; bindkey '^X' show; bindkey '^I' complete-word; "
             "zstyle ':completion:*' menu no; PS1=; print READ''Y\n")
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(here)
        os.execvpe("zsh", ["zsh", "-f", "-i"], {**os.environ, "PATH": f"{prefix}/bin:{os.environ['PATH']}", "TERM": "dumb"})

    def said(until):
        heard = ""
        while not re.search(until, heard):
            assert select.select([terminal], [], [], 60)[0], f"zsh says no more: {heard}"
            heard += os.read(terminal, 4096).decode(errors="replace")
        return re.search(until, heard)

    def completed(line):
        os.write(terminal, f"{line}\t\x18".encode())
        return said(r"<<([^>$]*)>>")[1].strip()
    try:
        os.write(terminal, begin.encode())
        said("READY")
        assert completed("striate an") == "striate analyze"
        assert completed("striate run --qu") == "striate run --quiet" and completed("striate run --son") == "striate run --sonata"
        assert completed("striate run v1_sh") == "striate run v1_sheet.yaml"
        assert completed("striate help comp") == "striate help compare"
        assert completed("striate schema --qu") == "striate schema --qu"
    finally:
        os.close(terminal)
        os.waitpid(pid, 0)


def check_completion(prefix, here):
    for shell, check in (("bash", check_bash), ("fish", check_fish), ("zsh", check_zsh)):
        if shutil.which(shell):
            check(prefix, here)
        else:
            print(f"completion for {shell} is not tried: it is not installed")


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
    expected = " 50 ms: 6 beats, 6 spikes\n100 ms: 10 beats, 10 spikes\n"
    assert run("own/own_neuron", folder=here).stdout == expected
    if not shutil.which("pkg-config"):
        return print("pkg-config is not tried: it is not installed")
    words = {"PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig")}
    assert run("pkg-config", "--modversion", "striate", folder=here, **words).stdout.startswith("0.")
    script = f"c++ {source}/main.cpp -o own_by_pkg_config $(pkg-config --cflags --libs striate)"
    run("sh", "-c", script, folder=here, **words)
    assert run("./own_by_pkg_config", folder=here).stdout == expected


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
