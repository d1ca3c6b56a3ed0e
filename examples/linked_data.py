#!/usr/bin/env python3
"""Data for linked dictionaries that no camera has to be bought for (docs/models/linked.md).

    examples/linked_data.py cameras demo/linked/cameras.h5
    examples/linked_data.py colours demo/linked/colours.h5 /usr/share/backgrounds

Needs the Debian packages python3-numpy, python3-h5py, python3-pil and, for cameras, fonts-liberation.
"""
import pathlib
import sys

import h5py
import numpy
from PIL import Image, ImageDraw, ImageFont

FONT = "/usr/share/fonts/truetype/liberation/LiberationSans-Bold.ttf"
SIDE = 14  # px of a camera's frame
MOMENTS = 4  # frames one after the other
DIRECTIONS = [(0, 1), (1, 0), (0, -1), (-1, 0)]  # rows, columns
PATCH = 12  # px of a patch of a photograph


def scene(digit, row, column, slant):
    """A printed digit whose centre is at (row, column), seen from the side where slant is not 0."""
    image = Image.new("L", (4 * SIDE, 4 * SIDE))
    centre = (4 * (column + 0.5), 4 * (row + 0.5))
    ImageDraw.Draw(image).text(centre, str(digit), fill=255, font=ImageFont.truetype(FONT, 36), anchor="mm")
    if slant:  # narrower, and higher at one side: what a camera further right sees
        image = image.transform(image.size, Image.Transform.AFFINE, (1.4, 0, -0.7 * SIDE, slant, 1, -2 * slant * SIDE))
    return numpy.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX), dtype=numpy.float32)


def movie(digit, direction, start, slant):
    """Its moments side by side, (SIDE, MOMENTS SIDE), of unit norm."""
    at = [numpy.add(start, numpy.multiply(direction, moment)) for moment in range(MOMENTS)]
    whole = numpy.concatenate([scene(digit, row, column, slant) for row, column in at], axis=1)
    return whole / numpy.linalg.norm(whole)


def cameras(n=6000, seed=1):
    """Printed digits that move, by two cameras; a class is a digit and a direction."""
    random = numpy.random.default_rng(seed)
    left, right, labels = [], [], []
    for _ in range(n):
        digit, way = random.integers(10), random.integers(len(DIRECTIONS))
        start = numpy.array([SIDE // 2, SIDE // 2]) - numpy.multiply(DIRECTIONS[way], 2) + random.uniform(-0.5, 0.5, 2)
        left.append(movie(digit, DIRECTIONS[way], start, 0.0))
        right.append(movie(digit, DIRECTIONS[way], start, 0.3))
        labels.append(digit * len(DIRECTIONS) + way)
    return {"left": left, "right": right, "labels": numpy.array(labels, dtype=numpy.int32)}


def whitened(photograph):
    """Each channel through f exp(-(f / .4)^4), at one scale (Olshausen & Field 1997)."""
    rows, columns = photograph.shape[:2]
    f = numpy.hypot(numpy.fft.fftfreq(rows)[:, None], numpy.fft.fftfreq(columns)[None])
    spectrum = numpy.fft.fft2(photograph, axes=(0, 1)) * (f * numpy.exp(-((f / 0.4) ** 4)))[..., None]
    result = numpy.fft.ifft2(spectrum, axes=(0, 1)).real
    return result / result.std()


def colours(folder, n=20000, seed=1):
    """Patches of photographs, a sense a channel; the three together have unit norm."""
    random = numpy.random.default_rng(seed)
    files = sorted(path for path in pathlib.Path(folder).iterdir() if path.suffix.lower() in (".jpg", ".png"))
    photographs = []
    for path in files:
        image = Image.open(path).convert("RGB")
        photographs.append(whitened(numpy.asarray(image.reduce(4), dtype=float)))
    patches = []
    while len(patches) < n:
        photograph = photographs[random.integers(len(photographs))]
        row, column = (random.integers(side - PATCH) for side in photograph.shape[:2])
        patch = photograph[row : row + PATCH, column : column + PATCH]
        if patch.std() > 0.5:
            patches.append(patch / numpy.linalg.norm(patch))
    patches = numpy.array(patches)
    return {name: patches[..., k] for k, name in enumerate(("red", "green", "blue"))}


def main(kind, output, *more):
    pathlib.Path(output).parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(output, "w") as file:
        for name, values in {"cameras": cameras, "colours": colours}[kind](*more).items():
            values = numpy.asarray(values)
            file[name] = values.astype(numpy.float32) if values.dtype.kind == "f" else values


if __name__ == "__main__":
    main(*sys.argv[1:])
