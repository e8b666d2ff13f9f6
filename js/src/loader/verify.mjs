// Runs a model in TensorFlow.js on saved inputs, and compares what it gives with saved outputs: MSE below 1e-5.
//
//   node verify.mjs                                     test_input.npy and expected_output.npy, here
//   node verify.mjs --model web_model/model.json --input x.npy --expected y.npy
//   node verify.mjs --pairs pairs.npz                   inputs and outputs by the names that the model has
//
// It needs the package @tensorflow/tfjs where this file lies (npm install @tensorflow/tfjs), and no tfjs-node. The status is 0
// when the outputs agree, 1 when they do not or when something is wrong, 2 when the command is.

import {readFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {resolve} from 'node:path';
import {parseArgs} from 'node:util';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {loadModel} from './model.js';
import {NpyError, readNpy} from './npy.js';
import {readNpz} from './npz.js';

const OPTIONS = {
  model: {type: 'string'}, input: {type: 'string', multiple: true}, expected: {type: 'string', multiple: true},
  pairs: {type: 'string'}, tolerance: {type: 'string', default: '1e-5'}, tf: {type: 'string', default: '@tensorflow/tfjs'},
  help: {type: 'boolean', default: false},
};
const USAGE = 'node verify.mjs [--model model.json] [--input x.npy --expected y.npy | --pairs pairs.npz] [--tolerance 1e-5] [--tf PACKAGE]';
// Where the model lies, seen from this file; `totfjs export-loader` writes it.
const MODEL = 'model.json';

// The files of the model, read from disk as if a server sent them.
async function fromDisk(url) {
  try {
    return new Response(await readFile(fileURLToPath(url)));
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EISDIR') throw error;
    return new Response(null, {status: 404});
  }
}

async function tensorflow(name) {
  const places = [import.meta.url, pathToFileURL(resolve('package.json'))];
  for (const place of places) {
    try {
      const found = createRequire(place).resolve(name);
      const module = await import(pathToFileURL(found).href);
      return module.loadGraphModel === undefined ? module.default : module;
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  throw new Error(`There is no package ${name} here. Install it: npm install ${name}`);
}

// Arrays for ports: by name where the names are the model's, else in order.
function matched(ports, arrays, what) {
  const [names, found] = [ports.map(({name}) => name), Object.keys(arrays)];
  if (names.every((name) => name in arrays)) return Object.fromEntries(names.map((name) => [name, arrays[name]]));
  if (found.length !== names.length) {
    throw new Error(`The model has the ${what} ${names.join(', ')}; the files hold ${found.join(', ') || 'nothing'}.`);
  }
  return Object.fromEntries(names.map((name, i) => [name, arrays[found[i]]]));
}

async function arraysIn(path) {
  const bytes = await readFile(path);
  try {
    return path.endsWith('.npz') ? readNpz(bytes) : {[path]: readNpy(bytes)};
  } catch (error) {
    if (error instanceof NpyError) throw new Error(`${path} cannot be read: ${error.message}.`);
    throw error;
  }
}

async function ofFiles(paths) {
  return Object.assign({}, ...await Promise.all(paths.map(arraysIn)));
}

async function pairsOf({pairs, input = ['test_input.npy'], expected = ['expected_output.npy']}, {inputs, outputs}) {
  if (pairs === undefined) return [matched(inputs, await ofFiles(input), 'inputs'), matched(outputs, await ofFiles(expected), 'outputs')];
  const arrays = await ofFiles([pairs]);
  const [names, all] = [inputs.map(({name}) => name), Object.keys(arrays)];
  const marked = all.filter((name) => name.startsWith('test_input'));
  const first = names.every((name) => name in arrays) ? names : marked.length > 0 ? marked : all.slice(0, inputs.length);
  const rest = all.filter((name) => !first.includes(name));
  const pick = (names) => Object.fromEntries(names.map((name) => [name, arrays[name]]));
  return [matched(inputs, pick(first), 'inputs'), matched(outputs, pick(rest), 'outputs')];
}

// The dtypes in files that an input of a dtype takes.
const TAKEN = {float32: /^(float|u?int|bool)/, int32: /^(u?int|bool)/, bool: /^bool$/, string: /^string$/};

function tensorOf(tf, {name, dtype: told}, {dtype, shape, data}) {
  const wanted = told ?? (dtype.startsWith('float') ? 'float32' : dtype === 'string' ? 'string' : 'int32');
  if (!TAKEN[wanted]?.test(dtype)) throw new Error(`Input ${name} is ${wanted}; the file holds ${dtype}.`);
  if (wanted === 'int32' && data.some((value) => value !== (value | 0))) throw new Error(`Input ${name} is int32; the file holds larger integers.`);
  return tf.tensor(Array.from(data), shape, wanted);
}

// The mean of the squared differences, NaN where only one side has a number.
function compare(actual, {dtype, shape, data}) {
  if (actual.shape.join() !== shape.join()) return {text: `shape [${actual.shape}] instead of [${shape}]`, mse: NaN};
  const found = actual.values;
  if (dtype === 'string') {
    const same = data.filter((value, i) => value === found[i]).length;
    return {text: `${same} of ${data.length} texts agree`, mse: same === data.length ? 0 : NaN};
  }
  let [sum, most] = [0, 0];
  data.forEach((value, i) => {
    const difference = Object.is(value, found[i]) || value === found[i] ? 0 : Math.abs(Number(value) - Number(found[i]));
    sum += difference ** 2;
    most = Number.isNaN(difference) ? NaN : Math.max(most, difference);
  });
  const mse = data.length === 0 ? 0 : sum / data.length;
  return {text: `MSE ${mse.toExponential(3)}, largest difference ${most.toExponential(3)}`, mse};
}

const few = (values) => Array.from(values.slice(0, 5)).join(', ') + (values.length > 5 ? ', …' : '');

async function verify(options) {
  const tolerance = Number(options.tolerance);
  const tf = await tensorflow(options.tf);
  const address = options.model === undefined ? new URL(MODEL, import.meta.url).href : pathToFileURL(resolve(options.model)).href;
  const model = await loadModel(tf, address, {fetch: fromDisk, retries: 0});
  const [inputs, expected] = await pairsOf(options, model);
  const fed = Object.fromEntries(model.inputs.map((port) => [port.name, tensorOf(tf, port, inputs[port.name])]));
  const outputs = await model.predict(fed);
  let passed = true;
  for (const [name, tensor] of Object.entries(outputs)) {
    const values = Array.from(await tensor.data());
    const {text, mse} = compare({shape: tensor.shape, values}, expected[name]);
    passed &&= mse < tolerance;
    console.log(`${mse < tolerance ? 'ok  ' : 'FAIL'}  ${name}: ${text}`);
    console.log(`      expected ${few(expected[name].data)}\n      actual   ${few(values)}`);
  }
  console.log(passed ? `verified on ${tf.getBackend()}: every MSE is below ${tolerance}` : `NOT verified: an MSE is not below ${tolerance}`);
  return passed;
}

function optionsOf(words) {
  try {
    const {values} = parseArgs({args: words, options: OPTIONS});
    return Number(values.tolerance) > 0 ? values : null;
  } catch {
    return null;
  }
}

const options = optionsOf(process.argv.slice(2));
if (options === null || options.help) {
  console[options === null ? 'error' : 'log'](USAGE);
  process.exitCode = options === null ? 2 : 0;
} else {
  try {
    process.exitCode = await verify(options) ? 0 : 1;
  } catch (error) {
    if (error.code === 'ENOENT') error.message = `there is no file ${error.path}`;
    console.error(`error${error.remedy ? `[${error.code}]` : ''}: ${error.message}${error.remedy ? `\n  fix: ${error.remedy}` : ''}`);
    process.exitCode = 1;
  }
}
