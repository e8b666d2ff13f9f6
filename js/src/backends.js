// The backends of engines that are no browser, started from memory: nothing is fetched.

import {env, setBackend} from '@tensorflow/tfjs-core';
import {version_cpu} from '@tensorflow/tfjs-backend-cpu';
import {setWasmPaths, version_wasm} from '@tensorflow/tfjs-backend-wasm';
import {watchWasmAllocation} from './limits.js';

let wasmBinary = null;

env().setPlatform('totfjs', {
  fetch: async () => ({ok: true, arrayBuffer: async () => wasmBinary}),
  now: () => performance.now(),
  encode: (text) => new TextEncoder().encode(text),
  decode: (bytes) => new TextDecoder().decode(bytes),
  isTypedArray: (value) => value instanceof Float32Array || value instanceof Int32Array || value instanceof Uint8Array ||
    value instanceof Uint8ClampedArray,
});
env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
setWasmPaths('', true);

/** The versions of the packages of the backends. */
export const versions = {'tfjs-backend-cpu': version_cpu, 'tfjs-backend-wasm': version_wasm};

/** Makes `backend` the one that executes. */
export async function use(backend) {
  if (!await setBackend(backend)) throw new Error(`The backend '${backend}' did not start`);
}

/** Starts `backend`; wasm needs the bytes of its .wasm file. */
export async function start(backend, binary) {
  wasmBinary = binary ?? null;
  await use(backend);
  if (backend === 'wasm') watchWasmAllocation();
}

/** Nothing goes wrong here without an exception. */
export async function faults() {
  return null;
}

/** No GPU can be lost here. */
export function gone() {
  return null;
}

/** These engines have nothing to tell. */
export async function surroundings() {
  return {};
}
