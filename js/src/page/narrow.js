// An array of a file as the dtype of an input: what changes its values is refused, what does not is said.

import {Problem} from './problem.js';

const INTEGERS = /^u?int(8|16|32|64)$/;

function refusal({dtype}, wanted, why) {
  const numpy = {float32: 'float32', int32: 'int32', bool: 'bool', complex64: 'complex64', string: 'str'}[wanted];
  return new Problem(`The file holds ${dtype}, and this input takes ${wanted}: ${why}.`,
    `Save it as that dtype: numpy.save("input.npy", array.astype("${numpy}")).`);
}

function toFloat(array) {
  if (array.dtype.startsWith('complex') || array.dtype === 'string') throw refusal(array, 'float32', 'these are other things');
  if (INTEGERS.test(array.dtype) && array.data.some((x) => Math.fround(x) !== x)) {
    throw refusal(array, 'float32', 'some of its integers are no float32');
  }
  return Float32Array.from(array.data);
}

function toInt(array) {
  if (!INTEGERS.test(array.dtype) && array.dtype !== 'bool') throw refusal(array, 'int32', 'numbers with fractions are not rounded here');
  const beyond = array.data.findIndex((x) => x !== (x | 0));
  if (beyond >= 0) throw refusal(array, 'int32', `element ${beyond} is ${array.data[beyond]}, beyond int32`);
  return Int32Array.from(array.data);
}

function toBool(array) {
  if (array.dtype !== 'bool' && !(INTEGERS.test(array.dtype) && array.data.every((x) => x === 0 || x === 1))) {
    throw refusal(array, 'bool', 'it has other values than 0 and 1');
  }
  return Uint8Array.from(array.data);
}

function toComplex(array) {
  if (!array.dtype.startsWith('complex')) throw refusal(array, 'complex64', 'its numbers have no imaginary part');
  return Float32Array.from(array.data);
}

function toStrings(array) {
  if (array.dtype !== 'string') throw refusal(array, 'string', 'numbers are no texts');
  return array.data;
}

const NARROW = {float32: toFloat, int32: toInt, bool: toBool, complex64: toComplex, string: toStrings};

/** The elements of `array` as `dtype`, and a note where the file had another dtype. */
export function narrow(array, dtype) {
  const note = array.dtype === dtype ? null : `Its ${array.dtype} ${array.dtype === 'float64' ? 'was rounded to' : 'became'} ${dtype}.`;
  return {data: NARROW[dtype](array), note};
}
