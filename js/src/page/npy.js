// NumPy's .npy files, read and written in plain JavaScript. Nothing in a file is executed: pickled objects are refused.

import {Problem} from './problem.js';
import {sizeOf} from './values.js';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
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
const NAMES = {b: 'bool', i: 'int', u: 'uint', f: 'float', c: 'complex'};
const DESCRIPTIONS = {float32: '<f4', int32: '<i4', bool: '|b1', complex64: '<c8'};

function half(bits) {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

function bad(why) {
  return new Problem(`This is no .npy file that can be read: ${why}.`, 'Save the array with numpy.save("input.npy", array).');
}

function readHeader(buffer) {
  const bytes = new Uint8Array(buffer);
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) throw bad('it is an archive (.npz or .zip)');
  if (bytes.length < 12 || MAGIC.some((byte, i) => bytes[i] !== byte)) throw bad('it does not begin as one');
  const view = new DataView(buffer);
  const [length, start] = bytes[6] === 1 ? [view.getUint16(8, true), 10] : [view.getUint32(8, true), 12];
  if (start + length > bytes.length) throw bad('its header is cut off');
  const text = new TextDecoder(bytes[6] >= 3 ? 'utf-8' : 'latin1').decode(bytes.subarray(start, start + length));
  const type = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1];
  const shape = /'shape'\s*:\s*\(([^)]*)\)/.exec(text)?.[1];
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  if (type === undefined && /'descr'\s*:\s*\[/.test(text)) throw bad('it holds records with fields');
  if (type === undefined || shape === undefined || fortran === undefined) throw bad('its header is not that of an array');
  return {type, fortran: fortran === 'True', shape: shape.split(',').filter((dim) => dim.trim() !== '').map(Number), start: start + length};
}

// Column-major elements in row-major order.
function transpose(data, shape, width) {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(0, axis)));
  const out = new data.constructor(data.length);
  const place = new Array(shape.length).fill(0);
  for (let i = 0; i < data.length / width; i++) {
    const from = place.reduce((sum, at, axis) => sum + at * strides[axis], 0);
    for (let part = 0; part < width; part++) out[i * width + part] = data[from * width + part];
    for (let axis = shape.length - 1; axis >= 0 && ++place[axis] === shape[axis]; axis--) place[axis] = 0;
  }
  return out;
}

function text(view, at, kind, width, little) {
  let out = '';
  for (let i = 0; i < width; i++) {
    const code = kind === 'U' ? view.getUint32(at + 4 * i, little) : view.getUint8(at + i);
    if (code === 0) break;
    out += String.fromCodePoint(code);
  }
  return out;
}

function elements(view, {type, start}, count) {
  const [, order, kind, digits] = /^([<>|=]?)(.)(\d*)$/.exec(type) ?? [];
  const [little, width] = [order !== '>', Number(digits)];
  if (kind === 'O') throw bad('it holds Python objects, which are never loaded');
  const complex = kind === 'c';
  const strings = kind === 'U' || kind === 'S';
  const read = READ[complex ? `f${width / 2}` : kind + digits];
  if (read === undefined && !strings) throw bad(`its dtype ${type} is unknown here`);
  const step = kind === 'U' ? 4 * width : width;
  if (view.byteLength - start !== count * step) {
    throw bad(`it should have ${count * step} bytes of data and has ${view.byteLength - start}`);
  }
  if (strings) return {name: 'string', parts: 1, data: Array.from({length: count}, (_, i) => text(view, start + i * step, kind, width, little))};
  const parts = complex ? 2 : 1;
  const data = Float64Array.from({length: count * parts}, (_, i) => read(view, start + (i * step) / parts, little));
  return {name: kind === 'b' ? 'bool' : NAMES[kind] + width * 8, parts, data};
}

/** The array in a file: {dtype, shape, data}; numbers in float64, integers beyond 2^53 rounded. */
export function readNpy(buffer) {
  const header = readHeader(buffer);
  const {name, parts, data} = elements(new DataView(buffer), header, sizeOf(header.shape));
  return {dtype: name, shape: header.shape, data: header.fortran && header.shape.length > 1 ? transpose(data, header.shape, parts) : data};
}

/** The bytes of a .npy file with a value, as parts of a Blob; strings have none. */
export function writeNpy({dtype, shape, data}) {
  const dims = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${DESCRIPTIONS[dtype]}', 'fortran_order': False, 'shape': (${dims}), }`;
  const padded = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`;
  const start = new Uint8Array([...MAGIC, 1, 0, padded.length & 255, padded.length >> 8]);
  return [start, padded, data];
}
