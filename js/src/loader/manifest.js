// What model.json says of the files with the weights: their names, and how long they must be.

import {notAModel} from './diagnose.js';

const WIDTHS = {float32: 4, int32: 4, bool: 1, complex64: 8, uint8: 1, uint16: 2, float16: 2};
const HASH = /^[0-9a-f]{64}$/;

// The bytes of a weight; NaN where only the bytes themselves tell, as those of texts do.
function bytesOf({shape, dtype, quantization}) {
  return shape.reduce((product, size) => product * size, 1) * (WIDTHS[quantization?.dtype ?? dtype] ?? NaN);
}

function groupOf({paths, weights}, told) {
  const shards = paths.map((path) => {
    const {bytes, sha256} = told[path] ?? {};
    return {path: String(path), bytes: Number.isSafeInteger(bytes) ? bytes : null, sha256: HASH.test(sha256) ? sha256 : null};
  });
  const total = weights.reduce((sum, weight) => sum + bytesOf(weight), 0);
  // One file holds all of a group, whoever wrote it.
  if (shards.length === 1 && shards[0].bytes === null && !Number.isNaN(total)) shards[0].bytes = total;
  return {shards, bytes: Number.isNaN(total) ? null : total};
}

/** The groups of files: `shards` with path, bytes and sha256 (null where nobody told), and the `bytes` of the group. */
export function groupsOf(json, file) {
  if (json === null || typeof json !== 'object') throw notAModel(file, 'it holds no object');
  if (!Array.isArray(json.weightsManifest)) throw notAModel(file, 'it names no files of weights (weightsManifest)');
  const told = json.userDefinedMetadata?.totfjs?.shards ?? {};
  try {
    return json.weightsManifest.map((group) => groupOf(group, told));
  } catch {
    throw notAModel(file, 'its weightsManifest is damaged');
  }
}
