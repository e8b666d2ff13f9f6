// Reads what numpy.savez and numpy.savez_compressed write, in Node.

import {inflateRawSync} from 'node:zlib';
import {NpyError, readNpy} from './npy.js';

// The entries of a zip archive, from the list at its end.
function* entriesOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let end = bytes.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0) throw new NpyError('it is no .npz file');
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

function memberOf(name, content) {
  try {
    return readNpy(content);
  } catch (error) {
    if (error instanceof NpyError) throw new NpyError(`in ${name}, ${error.message}`);
    throw error;
  }
}

/** The arrays in the bytes of an .npz file, by name. */
export function readNpz(bytes) {
  try {
    return Object.fromEntries([...entriesOf(bytes)].map(([name, content]) => [name.replace(/\.npy$/, ''), memberOf(name, content)]));
  } catch (error) {
    // A place beyond the end, or compressed data that ends too early.
    if (error instanceof RangeError || error.code === 'Z_BUF_ERROR' || error.code === 'Z_DATA_ERROR') throw new NpyError('it is damaged');
    throw error;
  }
}
