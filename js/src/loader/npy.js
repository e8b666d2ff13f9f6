// Reads what numpy.save writes, in plain JavaScript. Nothing in a file is executed: pickled objects are refused.

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const KINDS = {b: 'bool', i: 'int', u: 'uint', f: 'float', c: 'complex'};
const READ = {
  b1: (view, at) => view.getUint8(at),
  i1: (view, at) => view.getInt8(at),
  u1: (view, at) => view.getUint8(at),
  i2: (view, at, little) => view.getInt16(at, little),
  u2: (view, at, little) => view.getUint16(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
  i8: (view, at, little) => Number(view.getBigInt64(at, little)),
  u8: (view, at, little) => Number(view.getBigUint64(at, little)),
  f2: (view, at, little) => half(view.getUint16(at, little)),
  f4: (view, at, little) => view.getFloat32(at, little),
  f8: (view, at, little) => view.getFloat64(at, little),
};

/** Why a file cannot be read: a clause that goes on after a colon. */
export class NpyError extends Error {}

function half(bits) {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

function headerOf(bytes, view) {
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) throw new NpyError('it is an archive (.npz or .zip)');
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) throw new NpyError('it does not begin as an .npy file');
  if (bytes.length < 12) throw new NpyError('its header is cut off');
  const [length, start] = bytes[6] === 1 ? [view.getUint16(8, true), 10] : [view.getUint32(8, true), 12];
  if (start + length > bytes.length) throw new NpyError('its header is cut off');
  const header = new TextDecoder(bytes[6] >= 3 ? 'utf-8' : 'latin1').decode(bytes.subarray(start, start + length));
  return {...described(header), start: start + length};
}

function described(header) {
  const type = /'descr'\s*:\s*'([^']*)'/.exec(header)?.[1];
  const shape = /'shape'\s*:\s*\(([^)]*)\)/.exec(header)?.[1];
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1];
  if (type === undefined && /'descr'\s*:\s*\[/.test(header)) throw new NpyError('it holds records with fields');
  if (type === undefined || shape === undefined || fortran === undefined) throw new NpyError('its header is not that of an array');
  return {type, fortran: fortran === 'True', shape: shape.split(',').filter((size) => size.trim() !== '').map(Number)};
}

// NumPy fills a text with zeros at its end; others are part of it.
function textAt(view, at, kind, width, little) {
  const codes = Array.from({length: width}, (_, i) => kind === 'U' ? view.getUint32(at + 4 * i, little) : view.getUint8(at + i));
  if (codes.some((code) => code > 0x10ffff)) throw new NpyError('its texts are no Unicode');
  return String.fromCodePoint(...codes.slice(0, codes.findLastIndex((code) => code !== 0) + 1));
}

// The dtype, how many numbers an element has, and the elements as they lie.
function elementsOf(view, {type, start}, count) {
  const [, order, kind, digits] = /^([<>|=]?)(.)(\d*)$/.exec(type) ?? [];
  const [little, width] = [order !== '>', Number(digits)];
  if (kind === 'O') throw new NpyError('it holds Python objects, which are never loaded');
  const parts = kind === 'c' ? 2 : 1;
  const read = READ[parts === 2 ? `f${width / 2}` : kind + digits];
  const texts = kind === 'U' || kind === 'S';
  if (read === undefined && !texts) throw new NpyError(`its dtype ${type} is unknown here`);
  const step = kind === 'U' ? 4 * width : width;
  const there = view.byteLength - start;
  if (there !== count * step) throw new NpyError(`it should have ${count * step} bytes of data and has ${there}`);
  if (texts) return {dtype: 'string', parts, data: Array.from({length: count}, (_, i) => textAt(view, start + i * step, kind, width, little))};
  const data = Float64Array.from({length: count * parts}, (_, i) => read(view, start + (i * step) / parts, little));
  return {dtype: kind === 'b' ? 'bool' : KINDS[kind] + width * 8, parts, data};
}

// Elements that lie column by column, row by row.
function byRows(data, shape, parts) {
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, size) => product * size, 1));
  const out = new data.constructor(data.length);
  const place = shape.map(() => 0);
  for (let i = 0; i < data.length; i += parts) {
    const from = place.reduce((sum, at, axis) => sum + at * strides[axis], 0) * parts;
    for (let part = 0; part < parts; part++) out[i + part] = data[from + part];
    for (let axis = shape.length - 1; axis >= 0 && ++place[axis] === shape[axis]; axis--) place[axis] = 0;
  }
  return out;
}

/**
 * The array in the bytes of an .npy file, row by row: {dtype, shape, data}. Numbers are float64, integers beyond 2^53 rounded;
 * complex ones lie as pairs; texts are strings.
 */
export function readNpy(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const {shape, fortran, ...header} = headerOf(bytes, view);
  const {dtype, parts, data} = elementsOf(view, header, shape.reduce((product, size) => product * size, 1));
  return {dtype, shape, data: fortran && shape.length > 1 ? byRows(data, shape, parts) : data};
}
