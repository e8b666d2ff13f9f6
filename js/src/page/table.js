// Values as a table of numbers: rows along the last dimension, as many as can be read.

import {element} from './dom.js';
import {count, formatElement, sizeOf} from './values.js';

const ROWS = 40;
const COLUMNS = 16;

function rowLabel(row, leading) {
  const place = [];
  for (const dim of leading.toReversed()) {
    place.unshift(row % dim);
    row = Math.floor(row / dim);
  }
  return `[${[...place, '·'].join(', ')}]`;
}

/** A table of a value; what it leaves out is said below it. */
export function numbersTable(name, value) {
  const {shape} = value;
  const size = sizeOf(shape);
  if (size === 0) return element('p', {class: 'hint'}, `Empty: ${shape.join(' × ')}.`);
  const width = shape.length === 0 ? 1 : shape.at(-1);
  const [rows, columns] = [Math.min(size / width, ROWS), Math.min(width, COLUMNS)];
  const head = element('tr', {}, element('td'), Array.from({length: columns}, (_, i) => element('th', {scope: 'col'}, String(i))));
  const body = Array.from({length: rows}, (_, row) => element('tr', {}, element('th', {scope: 'row'}, rowLabel(row, shape.slice(0, -1))),
    Array.from({length: columns}, (_, i) => element('td', {}, formatElement(value, row * width + i)))));
  const left = size - rows * columns;
  return element('div', {},
    element('div', {class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': `Values of ${name}`},
      element('table', {class: 'numbers'}, element('caption', {class: 'unseen'}, `Values of ${name}`),
        element('thead', {}, head), element('tbody', {}, body))),
    left > 0 ? element('p', {class: 'hint'}, `${count(left)} more are in the files below.`) : null);
}
