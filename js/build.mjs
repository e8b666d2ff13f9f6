// Bundles TensorFlow.js into the directory named by the first argument: one script for engines that are no browser, and
// modules for pages in web/, and in loader/ the modules that users take for pages of their own, to be read, with the list of
// what such a page needs of web/.

import {copyFileSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';
import {joined} from './join.mjs';
import {licences} from './licences.mjs';
import {reachable} from './reach.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? join(here, '../src/totfjs/runtime/bundle'));
const BINARIES = 'node_modules/@tensorflow/tfjs-backend-wasm/dist';
const COMMON = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  platform: 'browser',
  target: 'es2022',
  legalComments: 'none',
  // One environment on every engine: what the bundle does not find in Node it does not find in bare V8 either.
  define: {process: 'undefined', global: 'globalThis', __filename: 'undefined', __dirname: '""'},
  logLevel: 'error',
  metafile: true,
};
const WASM = ['tfjs-backend-wasm-simd.wasm', 'tfjs-backend-wasm-threaded-simd.wasm', 'tfjs-backend-wasm.wasm'];
const COPIED = [
  ...WASM.map((name) => [`${BINARIES}/${name}`, `web/${name}`]),
  ['src/browser/host.html', 'web/host.html'],
  ['src/page/page.html', 'web/page.html'],
  ['src/host.mjs', 'host.mjs'],
  ['src/worker.mjs', 'worker.mjs'],
];

mkdirSync(join(out, 'web'), {recursive: true});
const bare = await build({
  ...COMMON,
  entryPoints: ['src/bare.js'],
  outfile: join(out, 'totfjs.cjs'),
  format: 'iife',
  inject: ['src/console.js', 'src/webassembly.js'],
});
const web = await build({
  ...COMMON,
  entryPoints: [
    {in: 'src/browser/host.js', out: 'host'}, {in: 'src/page/page.js', out: 'page'}, {in: 'src/page/page.css', out: 'page'},
    {in: 'src/runtime/tensorflow.js', out: 'tensorflow'},
  ],
  outdir: join(out, 'web'),
  format: 'esm',
  splitting: true,
  chunkNames: '[name]-[hash]',
});
const inputs = {...bare.metafile.inputs, ...web.metafile.inputs};
writeFileSync(join(out, 'LICENCES.txt'), licences({inputs}, join(here, 'node_modules')));
for (const [from, to] of COPIED) copyFileSync(join(here, from), join(out, to));

const LOADER = [
  'model_file_error.js', 'sha256.js', 'diagnose.js', 'download.js', 'manifest.js', 'check.js', 'ports.js', 'feed.js', 'model.js',
];
const PUBLIC = ['ModelFileError', 'LoadedModel', 'checkFiles', 'fetchModel', 'loadModel', 'modelHandler'];
mkdirSync(join(out, 'loader'), {recursive: true});
writeFileSync(join(out, 'loader/model-loader.js'), joined(join(here, 'src/loader'), LOADER, PUBLIC));
writeFileSync(join(out, 'loader/verify.mjs'), joined(join(here, 'src/loader'), [...LOADER, 'npy.js', 'npz.js', 'verify.mjs'], []));

const {version} = JSON.parse(readFileSync(join(here, 'node_modules/@tensorflow/tfjs-core/package.json'), 'utf8'));
const runtime = {version, files: [...reachable(web.metafile, 'tensorflow.js'), ...WASM]};
writeFileSync(join(out, 'loader/runtime.json'), `${JSON.stringify(runtime, null, 1)}\n`);
copyFileSync(join(here, 'src/runtime/tensorflow.d.ts'), join(out, 'loader/tensorflow.d.ts'));
