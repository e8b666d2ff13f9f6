// Values as files and in the clipboard.

import {announce, button, element} from './dom.js';
import {writeNpy} from './npy.js';

function nested(elements, shape) {
  if (shape.length === 0) return elements[0];
  const [first, ...rest] = shape;
  const step = elements.length / (first || 1);
  return Array.from({length: first}, (_, i) => nested(elements.slice(i * step, (i + 1) * step), rest));
}

function elementsOf({dtype, data}) {
  if (dtype === 'bool') return Array.from(data, Boolean);
  if (dtype === 'complex64') return Array.from({length: data.length / 2}, (_, i) => ({real: data[2 * i], imag: data[2 * i + 1]}));
  // JSON has no NaN and no infinities: they are written as texts.
  return Array.from(data, (x) => typeof x === 'number' && !Number.isFinite(x) ? String(x) : x);
}

/** A value as JSON. */
export function toJson(value) {
  const {name, dtype, shape} = value;
  return JSON.stringify({name, dtype, shape, values: nested(elementsOf(value), shape)});
}

function download(parts, name, type) {
  const url = URL.createObjectURL(new Blob(parts, {type}));
  element('a', {href: url, download: name}).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

async function copy(value) {
  try {
    await navigator.clipboard.writeText(toJson(value));
    announce(`${value.name} is in the clipboard.`);
    return 'Copied';
  } catch {
    announce('The browser does not let this page use the clipboard.');
    return 'Not allowed';
  }
}

/** Buttons that save or copy what `current` returns. */
export function saveButtons(name, current) {
  const file = name.replace(/[^\w.-]+/g, '_') || 'output';
  const saveNpy = () => download(writeNpy(current()), `${file}.npy`, 'application/octet-stream');
  const label = (text) => ({class: 'button small', 'aria-label': `${text}: ${name}`});
  const copying = button('Copy', async () => {
    copying.textContent = await copy(current());
    setTimeout(() => {
      copying.textContent = 'Copy';
    }, 1500);
  }, label('Copy as JSON'));
  return element('div', {class: 'row save'},
    current().dtype === 'string' ? null : button('.npy', saveNpy, label('Save as .npy')),
    button('JSON', () => download([toJson(current())], `${file}.json`, 'application/json'), label('Save as JSON')), copying);
}
