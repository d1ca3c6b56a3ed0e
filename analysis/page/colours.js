// Colours. Numbers are in cividis, which the colour-blind see as others do; differences between orange and blue;
// orientations on a wheel that the program gives, with lines beside it for those who do not see hues.

function table(interpolate) {
  return Uint8ClampedArray.from(
    d3.range(256).reduce((all, k) => {
      const colour = d3.rgb(interpolate(k / 255));
      return all.concat(colour.r, colour.g, colour.b);
    }, [])
  );
}

const CIVIDIS = table(d3.interpolateCividis), DIVERGING = table(d3.interpolatePuOr);
const RUN_COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"];

function themed(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function orientationColour(degrees) {
  if (!isFinite(degrees)) return [150, 150, 150];
  const colour = striate.orientation_colours[Math.floor(((degrees % 180) + 180) % 180)];
  return [colour >> 16, (colour >> 8) & 255, colour & 255];
}

function colourIn(palette, part) {
  const k = 3 * Math.max(0, Math.min(255, Math.round(255 * part)));
  return [palette[k], palette[k + 1], palette[k + 2]];
}

function css(rgb) {
  return `rgb(${rgb[0]}, ${rgb[1]}, ${rgb[2]})`;
}

function isOrientation(name) {
  return name === "preferred_orientation" || name === "gabor_orientation" || name === "map";
}

// {domain, colour} of a layer of numbers: what its colours stand for, the same in all runs.
function scaleOf(layer, runs) {
  if (layer.circular) return { domain: [0, layer.circular], colour: (v) => orientationColour((v * 180) / layer.circular) };
  const all = [];
  for (const run of runs) all.push(...finite(layer.values(run) || []));
  all.sort(d3.ascending);
  let low = d3.quantile(all, 0.01), high = d3.quantile(all, 0.99);
  if (layer.diverging) (high = Math.max(Math.abs(low), Math.abs(high)) || 1), (low = -high);
  if (!(high > low)) high = low + 1;
  const palette = layer.diverging ? DIVERGING : CIVIDIS;
  return { domain: [low, high], colour: (v) => (isFinite(v) ? colourIn(palette, (v - low) / (high - low)) : [150, 150, 150]) };
}
