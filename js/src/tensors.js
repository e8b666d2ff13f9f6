// Typed bytes to tensors and back, bit for bit.

import {complex, engine, imag, real, tensor} from '@tensorflow/tfjs-core';

const ARRAYS = {float32: Float32Array, int32: Int32Array, bool: Uint8Array};

function sizeOf(shape) {
  return shape.reduce((size, dim) => size * dim, 1);
}

// String tensors travel as the weight files hold them: a little-endian length and the bytes of each element.
function readStrings(buffer, count) {
  const view = new DataView(buffer);
  const strings = [];
  for (let i = 0, at = 0; i < count; i++) {
    const length = view.getUint32(at, true);
    strings.push(new Uint8Array(buffer, at + 4, length).slice());
    at += 4 + length;
  }
  return strings;
}

function writeStrings(strings) {
  const buffer = new ArrayBuffer(strings.reduce((total, string) => total + 4 + string.length, 0));
  const view = new DataView(buffer);
  let at = 0;
  for (const string of strings) {
    view.setUint32(at, string.length, true);
    new Uint8Array(buffer, at + 4, string.length).set(string);
    at += 4 + string.length;
  }
  return buffer;
}

function makeComplex(buffer, shape) {
  const interleaved = new Float32Array(buffer);
  const parts = [0, 1].map((part) => interleaved.filter((_, i) => i % 2 === part));
  const [re, im] = parts.map((values) => tensor(values, shape, 'float32'));
  try {
    return complex(re, im);
  } finally {
    re.dispose();
    im.dispose();
  }
}

/** Makes a tensor of what Python sent: its dtype and shape, and its bytes. */
export function makeTensor({dtype, shape}, buffer) {
  if (dtype === 'string') return engine().makeTensor(readStrings(buffer, sizeOf(shape)), shape, 'string');
  if (dtype === 'complex64') return makeComplex(buffer, shape);
  return tensor(new ARRAYS[dtype](buffer), shape, dtype);
}

async function readComplex(value) {
  const parts = [real(value), imag(value)];
  const [re, im] = await Promise.all(parts.map((part) => part.data()));
  parts.forEach((part) => part.dispose());
  const interleaved = new Float32Array(2 * re.length);
  re.forEach((number, i) => interleaved.set([number, im[i]], 2 * i));
  return interleaved;
}

function exactBuffer(array) {
  const whole = array.byteLength === array.buffer.byteLength;
  return whole ? array.buffer : array.slice().buffer;
}

// The cpu backend casts integers to float32 by calling them so: the numbers still lie in an Int32Array.
async function readNumbers(value) {
  const array = await value.data();
  return array instanceof ARRAYS[value.dtype] ? array : ARRAYS[value.dtype].from(array);
}

/** Reads a tensor as its dtype, its shape and its bytes. */
export async function readTensor(value) {
  const {dtype, shape} = value;
  if (dtype === 'string') return {dtype, shape, buffer: writeStrings(await value.bytes())};
  const array = dtype === 'complex64' ? await readComplex(value) : await readNumbers(value);
  return {dtype, shape, buffer: exactBuffer(array)};
}
