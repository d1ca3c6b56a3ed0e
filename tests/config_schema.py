#!/usr/bin/env python3
"""Every config of the project is valid under the JSON Schema that `striate schema` prints, and a wrong one is not.

    config_schema.py STRIATE
"""
import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import yaml

ROOT = Path(__file__).resolve().parent.parent


class Yaml12(yaml.SafeLoader):
    """1e-4 is a number, as YAML 1.2 and Striate have it; PyYAML reads YAML 1.1, in which it is a text."""


Yaml12.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$"), list("-+0123456789."))


def load(text):
    return yaml.load(text, Loader=Yaml12)


def main(striate):
    printed = subprocess.run([striate, "schema"], capture_output=True, text=True, check=True).stdout
    schema = json.loads(printed)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    configs = sorted((ROOT / "configs").glob("*.yaml")) + sorted((ROOT / "tests").rglob("*.yaml"))
    failures = []
    for config in configs:
        for error in validator.iter_errors(load(config.read_text(encoding="utf-8"))):
            where = ".".join(str(part) for part in error.absolute_path)
            failures.append(f"{config.relative_to(ROOT)}: {where}: {error.message[:300]}")
    # A config as it is printed with all defaults in holds every key that it could.
    for config in configs:
        done = subprocess.run([striate, "validate", str(config)], capture_output=True, text=True)
        if done.returncode != 0:
            failures.append(f"{config.relative_to(ROOT)}: {done.stderr}")
            continue
        for error in validator.iter_errors(load(done.stdout)):
            where = ".".join(str(part) for part in error.absolute_path)
            failures.append(f"{config.relative_to(ROOT)}, resolved: {where}: {error.message[:300]}")
    for wrong in ("populations: {v1: {kind: slca, lamda: 0.1}}", "population: {lambda: 0.1}",
                  "learning: {batches: many}", "seed: -1.5",
                  "populations: {a: {kind: nothing, size: 1}}", "senses: {a: {spoken_digits: {heldout: [a]}}}",
                  "populations: {a: {kind: adex, size: 1, adex: {a: {gaussian: {mean: 1 nS, std: 1 nS}}}}}",
                  "populations: {a: {kind: adex, size: 1, adex: {a: {normal: {mean: 1 nS}}}}}",
                  "populations: {a: {kind: poisson, size: 1, poisson: {rate: []}}}"):
        if validator.is_valid(load(wrong)):
            failures.append(f"the schema lets pass {wrong}")
    for failure in failures:
        print(failure)
    print(f"config_schema: {len(configs)} configs, {len(failures)} failures")
    return 1 if failures or not configs else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
