// What the model is: format, inputs, outputs, size, files, and how a page of the user's own would run it.

import {element} from './dom.js';
import {signature} from './ports.js';
import {bytes, count, sizeOf} from './values.js';

function weights(json) {
  return (json.weightsManifest ?? []).flatMap(({weights: specs}) => specs);
}

/** The facts of a model in a line. */
export function facts(json, buffers, layers) {
  const parameters = weights(json).filter(({dtype}) => dtype === 'float32').reduce((sum, {shape}) => sum + sizeOf(shape), 0);
  const total = buffers.reduce((sum, {byteLength}) => sum + byteLength, 0);
  const quantised = new Set(weights(json).map(({quantization}) => quantization?.dtype).filter(Boolean));
  return [layers ? 'Layers model' : 'Graph model', parameters === 1 ? 'one parameter' : `${count(parameters)} parameters`,
    `${bytes(total)} in ${buffers.length === 1 ? 'one file' : `${buffers.length} files`}`,
    quantised.size > 0 ? `stored as ${[...quantised].join(', ')}` : null].filter(Boolean).join(' · ');
}

function portsTable(title, ports) {
  const rows = ports.map((port) => element('tr', {}, element('th', {scope: 'row'}, port.name), element('td', {}, signature(port))));
  return element('table', {class: 'ports'}, element('caption', {}, title), element('tbody', {}, rows));
}

function snippet(inputs, layers, asynchronous) {
  const given = (port) => {
    const shape = (port.dims ?? []).map((dim) => typeof dim === 'number' ? dim : 1);
    return `tf.zeros([${shape.join(', ')}]${port.dtype === 'float32' ? '' : `, '${port.dtype}'`})`;
  };
  if (layers) return `const model = await tf.loadLayersModel('model.json');\nconst output = model.predict([${inputs.map(given).join(', ')}]);`;
  const values = inputs.map((port) => `  ${JSON.stringify(port.name)}: ${given(port)},\n`).join('');
  const call = asynchronous ? 'await model.executeAsync' : 'model.execute';
  return `const model = await tf.loadGraphModel('model.json');\nconst output = ${call}({\n${values}});`;
}

function ops(json) {
  const counts = new Map();
  for (const {op} of json.modelTopology?.node ?? []) counts.set(op, (counts.get(op) ?? 0) + 1);
  const sorted = [...counts].filter(([op]) => op !== 'Const' && op !== 'Placeholder').sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return sorted.map(([op, times]) => times === 1 ? op : `${op} × ${times}`).join(', ');
}

function integrity(json) {
  const sums = json.userDefinedMetadata?.totfjs?.shards;
  if (sums === undefined) return 'Lengths are right. The model has no checksums; models made by totfjs have.';
  return 'All bytes are right: lengths and SHA-256 of each file.';
}

function row(title, content) {
  return content ? element('div', {}, element('dt', {}, title), element('dd', {}, content)) : null;
}

/** The part of the page that tells about the model. */
export function about(json, {inputs, outputs, asynchronous}, layers) {
  return element('details', {class: 'about'}, element('summary', {}, 'About this model'),
    element('div', {class: 'about-ports'}, portsTable('Inputs', inputs), portsTable('Outputs', outputs)),
    element('dl', {},
      row('Made by', json.convertedBy ?? json.generatedBy),
      row('Files', integrity(json)),
      row('Ops', ops(json)),
      row('Runs with', asynchronous ? 'executeAsync: it has ops that decide while it runs' : layers ? 'predict' : 'execute')),
    element('h3', {}, 'In a page of your own'),
    element('pre', {tabIndex: 0, 'aria-label': 'Code'}, element('code', {}, snippet(inputs, layers, asynchronous))));
}
