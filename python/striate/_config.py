"""Configs and overrides, as the library takes them: text."""
import json
import math
import os

from ._striate import ConfigError


def _plain(value):
    """Numbers of numpy as numbers, for JSON."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    raise TypeError(f"must be a number, a text, a list or a dict, got {type(value).__name__}")


def _text(what, value):
    """A value as YAML on one line. JSON is YAML."""
    try:
        return json.dumps(value, default=_plain, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{what}: {error}") from None


def source(config):
    """Path and text of a config; one of them is empty."""
    if isinstance(config, dict):
        return "", _text("config", config)
    if isinstance(config, (str, os.PathLike)):
        return os.fspath(config), ""
    raise ConfigError(f"config: must be the path of a YAML file or a dict, got {type(config).__name__}")


def overrides(set=None, seed=None):
    """"key=value" of each key, as the command's --set has them; a text stands as it is: "10 ms"."""
    if set is not None and not isinstance(set, dict):
        raise ConfigError(f"set: must be a dict of keys and values, got {type(set).__name__}")
    all = [f"{key}={value if isinstance(value, str) else _text(key, value)}" for key, value in (set or {}).items()]
    return all if seed is None else all + [f"seed={_text('seed', seed)}"]


def count(name, value):
    """A number of threads: None is all cores."""
    if value is None:
        return 0
    if isinstance(value, bool) or not hasattr(value, "__index__") or not 0 <= value.__index__() <= 1024:
        raise ConfigError(f"{name}: must be None or a whole number from 0 to 1024, got {value!r}")
    return value.__index__()


def numbers(text):
    """Parsed JSON; what has no number is NaN."""
    def filled(value):
        if isinstance(value, dict):
            return {key: filled(one) for key, one in value.items()}
        if isinstance(value, list):
            return [filled(one) for one in value]
        return math.nan if value is None else value
    return filled(json.loads(text))
