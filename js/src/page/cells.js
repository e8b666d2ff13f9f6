// A few elements of an input, each in a field of its own: a number, a text, or a checkbox.

import {element} from './dom.js';
import {parseElement} from './parse.js';
import {formatElement, zeros} from './values.js';

const WIDEST = 8;

function placeOf(i, shape) {
  const place = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    place.unshift(i % shape[axis]);
    i = Math.floor(i / shape[axis]);
  }
  return place;
}

export class Cells {
  constructor({name, dtype}, shape, data, onChange) {
    this.dtype = dtype;
    this.name = name;
    this.shape = shape;
    this.inputs = Array.from({length: dtype === 'complex64' ? data.length / 2 : data.length}, (_, i) => this.cell(i, data, onChange));
    this.element = element('div', {class: `cells cells-${dtype}`, role: 'group', 'aria-label': `Values of ${name}`}, this.labelled());
    const columns = Math.min(dtype === 'string' ? 1 : shape.at(-1) ?? 1, WIDEST);
    this.element.style.setProperty('--columns', Math.max(columns, 1));
  }

  label(i) {
    return this.shape.length === 0 ? this.name : `${this.name}[${placeOf(i, this.shape).join(', ')}]`;
  }

  // A lonely box says what it means.
  labelled() {
    const [only] = this.inputs;
    return this.dtype === 'bool' && this.shape.length === 0 ? element('label', {class: 'check'}, only, 'true') : this.inputs;
  }

  cell(i, data, onChange) {
    const label = {'aria-label': this.label(i), title: this.label(i), autocomplete: 'off', spellcheck: false};
    if (this.dtype === 'bool') return element('input', {type: 'checkbox', checked: data[i] !== 0, ...label, on: {change: onChange}});
    const text = this.dtype === 'string' ? data[i] : formatElement({dtype: this.dtype, data}, i, 3).replaceAll('−', '-');
    return element('input', {type: 'text', inputMode: this.dtype === 'string' ? 'text' : 'decimal', value: text, ...label, on: {input: onChange}});
  }

  /** The elements as they stand; marks the field that is wrong, and says so. */
  read() {
    const data = zeros(this.dtype, this.inputs.length);
    this.inputs.forEach((input, i) => {
      try {
        data[i] = this.dtype === 'bool' ? Number(input.checked) : parseElement(input.value, this.dtype, this.label(i));
        input.removeAttribute('aria-invalid');
      } catch (error) {
        input.setAttribute('aria-invalid', 'true');
        throw error;
      }
    });
    return data;
  }
}
