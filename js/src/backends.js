// The backends, started from memory: nothing is fetched.

import {env, setBackend} from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import {setWasmPaths} from '@tensorflow/tfjs-backend-wasm';

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

/** Whether the wasm backend still needs its binary. */
export function needsBinary(backend) {
  return backend === 'wasm' && wasmBinary === null;
}

/** Makes `backend` the one that executes; `binary` is its .wasm file the first time. */
export async function useBackend(backend, binary) {
  if (binary !== undefined) wasmBinary = binary;
  if (!await setBackend(backend)) throw new Error(`The backend '${backend}' did not start`);
}
