// Reads what numpy.save and numpy.savez write. Nothing in a file is executed: pickled objects are refused.

import {inflateRawSync} from 'node:zlib';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const READ = {
  b1: (view, at) => view.getUint8(at),
  i1: (view, at) => view.getInt8(at),
  u1: (view, at) => view.getUint8(at),
  i2: (view, at) => view.getInt16(at, true),
  u2: (view, at) => view.getUint16(at, true),
  i4: (view, at) => view.getInt32(at, true),
  u4: (view, at) => view.getUint32(at, true),
  i8: (view, at) => Number(view.getBigInt64(at, true)),
  u8: (view, at) => Number(view.getBigUint64(at, true)),
  f2: (view, at) => half(view.getUint16(at, true)),
  f4: (view, at) => view.getFloat32(at, true),
  f8: (view, at) => view.getFloat64(at, true),
};

function half(bits) {
  const [sign, exponent, rest] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return rest === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? rest * 2 ** -24 : (1024 + rest) * 2 ** (exponent - 25));
}

function refused(file, why) {
  return new Error(`${file} cannot be read: ${why}.`);
}

function headerOf(bytes, file) {
  if (bytes.length < 12 || MAGIC.some((byte, i) => bytes[i] !== byte)) throw refused(file, 'it is no .npy file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [length, start] = bytes[6] === 1 ? [view.getUint16(8, true), 10] : [view.getUint32(8, true), 12];
  const text = new TextDecoder().decode(bytes.subarray(start, start + length));
  const [type, order, shape] = [/'descr': *'([^']+)'/, /'fortran_order': *(True|False)/, /'shape': *\(([^)]*)\)/].map((part) => part.exec(text)?.[1]);
  if (type === undefined || order === undefined || shape === undefined) throw refused(file, 'its header is not that of an array of numbers or texts');
  return {type, columns: order === 'True', shape: shape.split(',').filter((size) => size.trim() !== '').map(Number), start: start + length};
}

// Elements that lie column by column, row by row.
function byRows(values, shape) {
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, size) => product * size, 1));
  const place = shape.map(() => 0);
  return values.map(() => {
    const value = values[place.reduce((at, index, axis) => at + index * strides[axis], 0)];
    for (let axis = shape.length - 1; axis >= 0 && ++place[axis] === shape[axis]; axis--) place[axis] = 0;
    return value;
  });
}

function text(view, at, kind, width) {
  const codes = Array.from({length: width}, (_, i) => kind === 'U' ? view.getUint32(at + 4 * i, true) : view.getUint8(at + i));
  const end = codes.findIndex((_, i) => codes.slice(i).every((code) => code === 0));
  return String.fromCodePoint(...(end < 0 ? codes : codes.slice(0, end)));
}

function elementsOf(bytes, {type, start}, count, file) {
  const [, order, kind, digits] = /^([<>|=])(\w)(\d+)$/.exec(type) ?? [];
  if (order === '>') throw refused(file, 'its numbers are big-endian; save array.astype(array.dtype.newbyteorder("<"))');
  const width = Number(digits) * (kind === 'U' ? 4 : 1);
  const texts = kind === 'U' || kind === 'S';
  const read = texts ? (view, at) => text(view, at, kind, Number(digits)) : READ[kind + digits];
  if (read === undefined) throw refused(file, `numbers of type ${type} are not known here`);
  if (bytes.length - start !== count * width) throw refused(file, `it has ${bytes.length - start} bytes of values and should have ${count * width}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, count * width);
  return {values: Array.from({length: count}, (_, i) => read(view, i * width)), kind: texts ? 'string' : kind};
}

/** The array in the bytes of an .npy file: its shape, its values row by row, and their kind (b, i, u, f or string). */
export function readNpy(bytes, file = 'the array') {
  const header = headerOf(bytes, file);
  const {values, kind} = elementsOf(bytes, header, header.shape.reduce((product, size) => product * size, 1), file);
  return {shape: header.shape, values: header.columns && header.shape.length > 1 ? byRows(values, header.shape) : values, kind};
}

// The entries of a zip archive, from the list at its end.
function* entriesOf(bytes, file) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let end = bytes.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0) throw refused(file, 'it is no .npz file');
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    const [method, packed, name, extra, comment] = [
      view.getUint16(at + 10, true), view.getUint32(at + 20, true), view.getUint16(at + 28, true), view.getUint16(at + 30, true),
      view.getUint16(at + 32, true),
    ];
    const local = view.getUint32(at + 42, true);
    const data = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const content = bytes.subarray(data, data + packed);
    yield [new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + name)), method === 0 ? content : new Uint8Array(inflateRawSync(content))];
    at += 46 + name + extra + comment;
  }
}

/** The arrays in the bytes of an .npz file, by name. */
export function readNpz(bytes, file = 'the archive') {
  try {
    const named = [...entriesOf(bytes, file)].map(([name, content]) => [name.replace(/\.npy$/, ''), readNpy(content, `${name} in ${file}`)]);
    return Object.fromEntries(named);
  } catch (error) {
    if (error instanceof RangeError) throw refused(file, 'it is cut short');
    throw error;
  }
}
