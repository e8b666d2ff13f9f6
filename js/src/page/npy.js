// NumPy's .npy files, given and taken by users of the page.

import {NpyError, readNpy as read} from '../loader/npy.js';
import {Problem} from './problem.js';

const DESCRIPTIONS = {float32: '<f4', int32: '<i4', bool: '|b1', complex64: '<c8'};

/** The array in the bytes of a file: {dtype, shape, data}. */
export function readNpy(bytes) {
  try {
    return read(bytes);
  } catch (error) {
    if (!(error instanceof NpyError)) throw error;
    throw new Problem(`This is no .npy file that can be read: ${error.message}.`, 'Save the array with numpy.save("input.npy", array).');
  }
}

/** The bytes of a .npy file with a value, as parts of a Blob; strings have none. */
export function writeNpy({dtype, shape, data}) {
  const dims = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${DESCRIPTIONS[dtype]}', 'fortran_order': False, 'shape': (${dims}), }`;
  const padded = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`;
  const start = new Uint8Array([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, padded.length & 255, padded.length >> 8]);
  return [start, padded, data];
}
