// The backends, started from memory: nothing is fetched.

import {env, setBackend} from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import {setWasmPaths} from '@tensorflow/tfjs-backend-wasm';
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

/** Makes `backend` the one that executes. */
export async function useBackend(backend) {
  if (!await setBackend(backend)) throw new Error(`The backend '${backend}' did not start`);
}

/** Starts `backend`; wasm needs the bytes of its .wasm file. */
export async function startBackend(backend, binary) {
  wasmBinary = binary ?? null;
  await useBackend(backend);
  if (backend === 'wasm') watchWasmAllocation();
}
