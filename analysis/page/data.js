"use strict";
// What the page carries: JSON, and arrays in elements of their own that are unpacked when they are first looked at.

const striate = JSON.parse(document.getElementById("striate-data").textContent);

const ARRAY_TYPES = { int8: Int8Array, uint8: Uint8Array, int16: Int16Array, uint32: Uint32Array, float32: Float32Array, float64: Float64Array };

function bytesOf(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  const text = atob(base64), bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; ++i) bytes[i] = text.charCodeAt(i);
  return bytes;
}

// Two numbers of -7 to 7 in each byte, spread over the steps of a byte.
function numbersOfNibbles(bytes, n) {
  return Int8Array.from({ length: n }, (_, k) => Math.round(((((k % 2 ? bytes[k >> 1] >> 4 : bytes[k >> 1] & 15) - 8) * 127) / 7)));
}

// The typed array that {array, type, shape} stands for.
function unpack(reference) {
  if (!reference) return null;
  if (!reference.unpacked) {
    const element = document.getElementById(reference.array);
    const bytes = bytesOf(element.textContent);
    reference.unpacked = reference.type === "int4" ? numbersOfNibbles(bytes, reference.shape.reduce((a, b) => a * b, 1)) : new ARRAY_TYPES[reference.type](bytes.buffer);
    element.remove();
  }
  return reference.unpacked;
}

// Row i of {values, scale}: numbers, of which bytes are kept.
function rowOf(bytes, i) {
  const values = unpack(bytes.values), width = bytes.values.shape.slice(1).reduce((a, b) => a * b, 1);
  return Float32Array.from(values.subarray(i * width, (i + 1) * width), (v) => v * unpack(bytes.scale)[i]);
}

const termOf = new Map(striate.terms.map((term) => [term.name, term]));

// {name, label, units, definition, source, group, values} of every neuron.
function numberOf(run, name) {
  const number = run.numbers.find((one) => one.name === name);
  return number && Object.assign({ values: unpack(number.values) }, wordsOf(number.name), { units: number.units });
}

function wordsOf(name) {
  const known = termOf.get(name);
  if (known) return known;
  const median = name.startsWith("median_") && termOf.get(name.slice(7));
  return median
    ? Object.assign({}, median, { name, label: `${median.label}, median` })
    : { name, label: name.replace(/_/g, " "), group: "Other", definition: "", source: "" };
}

// What is known of macaque V1, of all cells alike; undefined if nothing is.
function macaqueOf(name) {
  return striate.references.find((reference) => reference.property === name && reference.cells === "all");
}

// "Circular variance", "Rate [Hz]"
function withUnits(number) {
  return number.units === "1" ? number.label : `${number.label} [${number.units}]`;
}

// As many digits as tell neurons apart.
function format(x) {
  if (x === null || x === undefined || !isFinite(x)) return "–";
  if (Number.isInteger(x)) return String(x);
  return Math.abs(x) >= 1e5 || Math.abs(x) < 1e-4 ? x.toExponential(2) : x.toPrecision(4).replace(/\.?0+$/, "");
}

function finite(values) {
  return Array.from(values).filter(isFinite).sort(d3.ascending);
}
