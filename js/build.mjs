// Bundles TensorFlow.js and the driver into the directory named by the first argument.

import {copyFileSync, mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';
import {licences} from './licences.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? join(here, '../src/totfjs/runtime/bundle'));

mkdirSync(out, {recursive: true});
const {metafile} = await build({
  absWorkingDir: here,
  entryPoints: ['src/driver.js'],
  outfile: join(out, 'totfjs.cjs'),
  bundle: true,
  minify: true,
  format: 'iife',
  platform: 'browser',
  target: 'es2022',
  legalComments: 'none',
  // One environment on every engine: what the bundle does not find in Node it does not find in bare V8 either.
  define: {process: 'undefined', global: 'globalThis', __filename: 'undefined', __dirname: '""'},
  inject: ['src/console.js', 'src/webassembly.js'],
  logLevel: 'error',
  metafile: true,
});
writeFileSync(join(out, 'LICENCES.txt'), licences(metafile, join(here, 'node_modules')));
for (const [from, to] of [
  ['node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm', 'tfjs-backend-wasm-simd.wasm'],
  ['src/host.mjs', 'host.mjs'],
  ['src/worker.mjs', 'worker.mjs'],
]) {
  copyFileSync(join(here, from), join(out, to));
}
