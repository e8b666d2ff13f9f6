// Inputs and outputs of a model as the page sees them: names, dtypes, and dims that may have names.

const CHANNELS = new Set([1, 3, 4]);

/** The port with `dims`: numbers, and names where a size is open. totfjs writes the names that the user gave. */
export function describePort({name, dtype, shape}, names) {
  const dims = shape?.map((dim, axis) => dim >= 0 ? dim : names?.[axis] ?? `${name} axis ${axis}`) ?? null;
  return {name, dtype: dtype ?? 'float32', shape, dims};
}

/** A port's dtype and dims for the eye. */
export function signature({dtype, dims}) {
  if (dims === null) return `${dtype}, any shape`;
  const named = dims.map((dim) => typeof dim === 'string' && / axis \d+$/.test(dim) ? '?' : dim);
  return `${dtype} [${named.join(', ')}]`;
}

/** A shape for the eye. */
export function shapeText(shape) {
  return shape.length === 0 ? 'a single value' : shape.join(' × ');
}

const open = (dim) => dim < 0;
const wide = (dim, least) => open(dim) || dim >= least;

function lastChannels([, h, w, c]) {
  return CHANNELS.has(c) && wide(h, 2) && wide(w, 2) ? {batch: 0, h: 1, w: 2, c: 3, channels: c} : null;
}

function firstChannels([, c, h, w]) {
  return (c === 1 || c === 3) && wide(h, 5) && wide(w, 5) ? {batch: 0, h: 2, w: 3, c: 1, channels: c} : null;
}

// Of three dims only those are taken for a picture that can hardly be anything else.
function threeDims([first, second, third]) {
  if (CHANNELS.has(third) && first >= 8 && second >= 8) return {batch: null, h: 0, w: 1, c: 2, channels: third};
  if ((open(first) || first === 1) && second >= 8 && second === third) return {batch: 0, h: 1, w: 2, c: null, channels: 1};
  return null;
}

/** Which axes of a port are those of a picture; null where it is not like one. */
export function imageLayout({dtype, shape}) {
  if (shape === null || (dtype !== 'float32' && dtype !== 'int32')) return null;
  if (shape.length === 4) return lastChannels(shape) ?? firstChannels(shape);
  return shape.length === 3 ? threeDims(shape) : null;
}
