// A value of an input or output: {dtype, shape, data}. Strings are an array of texts, complex numbers lie as pairs.

const ARRAYS = {float32: Float32Array, int32: Int32Array, bool: Uint8Array, complex64: Float32Array};

/** How many elements a shape has. */
export function sizeOf(shape) {
  return shape.reduce((size, dim) => size * dim, 1);
}

/** An array for `count` elements, all of them zero, false or empty. */
export function zeros(dtype, count) {
  if (dtype === 'string') return new Array(count).fill('');
  return new ARRAYS[dtype](dtype === 'complex64' ? 2 * count : count);
}

/** Random elements: numbers between two bounds, coins, or short words. */
export function random(dtype, count, [low, high]) {
  const data = zeros(dtype, count);
  const draw = {
    float32: () => low + Math.random() * (high - low),
    complex64: () => low + Math.random() * (high - low),
    int32: () => Math.floor(low + Math.random() * (high - low + 1)),
    bool: () => Math.random() < 0.5,
    string: () => Math.random().toString(36).slice(2, 7),
  }[dtype];
  for (let i = 0; i < data.length; i++) data[i] = draw();
  return data;
}

function packStrings(texts) {
  const encoded = texts.map((text) => new TextEncoder().encode(text));
  const bytes = new Uint8Array(encoded.reduce((total, text) => total + 4 + text.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const text of encoded) {
    view.setUint32(at, text.length, true);
    bytes.set(text, at + 4);
    at += 4 + text.length;
  }
  return bytes.buffer;
}

function unpackStrings(buffer) {
  const view = new DataView(buffer);
  const texts = [];
  for (let at = 0; at < buffer.byteLength;) {
    const length = view.getUint32(at, true);
    texts.push(new TextDecoder().decode(new Uint8Array(buffer, at + 4, length)));
    at += 4 + length;
  }
  return texts;
}

/** The bytes of a value, as tensors.js takes them; they are a copy. */
export function toBuffer({dtype, data}) {
  return dtype === 'string' ? packStrings(data) : data.slice().buffer;
}

/** The value of a tensor that tensors.js has read. */
export function fromBuffer({dtype, shape, buffer}) {
  return {dtype, shape, data: dtype === 'string' ? unpackStrings(buffer) : new ARRAYS[dtype](buffer)};
}

/** Least, largest and mean of what is finite, and how many elements are not. */
export function statistics(data) {
  let [low, high, sum, nan, infinite] = [Infinity, -Infinity, 0, 0, 0];
  for (const x of data) {
    if (Number.isNaN(x)) nan++;
    else if (!Number.isFinite(x)) infinite++;
    else {
      low = Math.min(low, x);
      high = Math.max(high, x);
      sum += x;
    }
  }
  const finite = data.length - nan - infinite;
  return {low, high, mean: finite > 0 ? sum / finite : NaN, finite, nan, infinite};
}

/** A number for the eye. */
export function format(number, digits = 5) {
  if (Object.is(number, -0)) return '0';
  if (!Number.isFinite(number)) return Number.isNaN(number) ? 'NaN' : number > 0 ? '∞' : '−∞';
  const size = Math.abs(number);
  const text = Number.isInteger(number) && size < 1e9 ? String(number)
    : size !== 0 && (size < 1e-4 || size >= 1e6) ? number.toExponential(3) : String(Number(number.toPrecision(digits)));
  return text.replace('-', '−');
}

/** An element as text: a number, yes or no, a text, a complex number. */
export function formatElement({dtype, data}, i, digits = 5) {
  if (dtype === 'string') return data[i];
  if (dtype === 'bool') return data[i] ? 'true' : 'false';
  if (dtype === 'complex64') {
    const [re, im] = data.subarray(2 * i, 2 * i + 2);
    return `${format(re, digits)} ${im < 0 ? '−' : '+'} ${format(Math.abs(im), digits)}i`;
  }
  return format(data[i], digits);
}

/** A count with separators of thousands. */
export function count(number) {
  return number.toLocaleString('en');
}

/** Bytes for the eye. */
export function bytes(number) {
  if (number < 1000) return `${number} B`;
  const [unit, name] = number < 1e6 ? [1e3, 'kB'] : number < 1e9 ? [1e6, 'MB'] : [1e9, 'GB'];
  return `${(number / unit).toFixed(number < 10 * unit ? 1 : 0)} ${name}`;
}

/** Milliseconds for the eye. */
export function duration(milliseconds) {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(2)} s`;
  return `${milliseconds.toFixed(milliseconds < 10 ? 2 : milliseconds < 100 ? 1 : 0)} ms`;
}
