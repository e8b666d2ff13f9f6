// The wasm backend, whose binaries lie beside this file.

import {env} from '@tensorflow/tfjs-core';
import {setThreadsCount, setWasmPaths} from '@tensorflow/tfjs-backend-wasm';

let started = false;

/** Before the first start: where the binaries are, and how many threads compute. Later calls change nothing. */
export function prepare(threads) {
  if (started) return;
  started = true;
  setWasmPaths(new URL('./', import.meta.url).href);
  env().set('WASM_HAS_MULTITHREAD_SUPPORT', threads > 1);
  if (threads > 1) setThreadsCount(threads);
}
