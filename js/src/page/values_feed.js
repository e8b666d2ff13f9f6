// Feeds an input with values: fields for a few, a text for more, and zeros or random ones for any number.

import {button, element, field, uniqueId} from './dom.js';
import {Cells} from './cells.js';
import {parseText} from './parse.js';
import {Problem} from './problem.js';
import {shapeText} from './ports.js';
import {count, formatElement, random, sizeOf, zeros} from './values.js';

// So many have fields of their own, and so many are written out as text.
const FIELDS = 24;
const WRITTEN = 4096;
const ZERO = {string: 'Empty', bool: 'False'};

export class ValuesFeed {
  constructor(port, sizes, onChange) {
    this.port = port;
    this.sizes = sizes;
    this.onChange = onChange;
    this.shape = null;
    this.data = null;
    this.cells = null;
    this.typed = false;
    this.bounds = port.dtype === 'int32' ? [0, 9] : [0, 1];
    this.text = this.textArea();
    this.place = element('div', {});
    this.element = element('div', {class: 'values-feed'}, this.place, this.tools());
  }

  textArea() {
    const area = element('textarea', {
      rows: 6, spellcheck: false, autocomplete: 'off', id: uniqueId('text'), 'aria-label': `Values of ${this.port.name}`,
      on: {
        input: () => {
          this.data = null;
          this.typed = true;
          this.onChange();
        },
      },
    });
    return area;
  }

  tools() {
    const row = element('div', {class: 'row tools'}, button(ZERO[this.port.dtype] ?? 'Zeros', () => this.fill(zeros), {class: 'button small'}),
      button('Random', () => this.fill((dtype, size) => random(dtype, size, this.bounds)), {class: 'button small'}));
    if (this.port.dtype === 'bool' || this.port.dtype === 'string') return row;
    const bound = (i, label) => field(label, element('input', {
      type: 'number', step: 'any', value: this.bounds[i], on: {
        change: (event) => {
          this.bounds[i] = Number(event.target.value);
        },
      },
    }));
    row.append(element('div', {class: 'bounds'}, bound(0, 'from'), bound(1, 'to')));
    return row;
  }

  /** The input has this shape now: values of another number begin as zeros. */
  resize(shape) {
    const same = this.shape !== null && shape !== null && shape.join() === this.shape.join();
    if (same) return;
    const keeps = this.typed && this.text.value !== '';
    this.shape = shape;
    if (!keeps && shape !== null) this.set(zeros(this.port.dtype, sizeOf(shape)));
    else if (shape === null) this.place.replaceChildren(this.area(shape));
  }

  fill(make) {
    if (this.shape === null) return;
    this.set(make(this.port.dtype, sizeOf(this.shape)));
    this.onChange();
  }

  set(data) {
    const size = sizeOf(this.shape);
    this.typed = false;
    this.cells = size > 0 && size <= FIELDS ? new Cells(this.port, this.shape, data, this.onChange) : null;
    // What can be read on the page is what runs; only what is too much for a text is kept beside it.
    this.data = size > WRITTEN ? data : null;
    if (this.cells !== null) {
      this.place.replaceChildren(this.cells.element);
      return;
    }
    this.text.value = size > WRITTEN ? '' : this.lines(data, size);
    this.place.replaceChildren(this.area(this.shape));
  }

  area(shape) {
    const size = shape === null ? 'Write the values as JSON.' : amount(sizeOf(shape), shape);
    const hidden = shape !== null && sizeOf(shape) > WRITTEN;
    this.text.placeholder = hidden ? `${count(sizeOf(shape))} values are set. Paste others here to replace them.` : '';
    return element('div', {}, this.text, element('small', {class: 'hint'}, size));
  }

  lines(data, size) {
    const width = this.port.dtype === 'string' ? 1 : this.shape.at(-1) || 1;
    const words = Array.from({length: size}, (_, i) => formatElement({dtype: this.port.dtype, data}, i).replaceAll('−', '-'));
    return Array.from({length: Math.ceil(size / width)}, (_, row) => words.slice(row * width, (row + 1) * width).join(', ')).join('\n');
  }

  /** The value of the input now. */
  value() {
    const {dtype} = this.port;
    if (this.cells !== null) return {dtype, shape: this.shape, data: this.cells.read()};
    if (this.data !== null) return {dtype, shape: this.shape, data: this.data};
    try {
      const value = this.parse();
      this.text.removeAttribute('aria-invalid');
      return value;
    } catch (error) {
      this.text.setAttribute('aria-invalid', 'true');
      throw error;
    }
  }

  parse() {
    const {dtype, name} = this.port;
    const {data, shape: shown} = parseText(this.text.value, dtype);
    const shape = this.fitting(shown, data.length);
    if (shape === null) {
      throw new Problem(`${name} takes ${count(sizeOf(this.shape))} values (${shapeText(this.shape)}); these are ${count(data.length)}.`,
        'Add or remove some.');
    }
    const values = zeros(dtype, data.length);
    data.forEach((x, i) => {
      values[i] = x;
    });
    return {dtype, shape, data: values};
  }

  // The shape that the text shows counts where the port can have it; else the number of values decides.
  fitting(shown, size) {
    if (this.shape === null) return shown ?? [size];
    if (shown !== null && shown.join() !== this.shape.join() && this.canBe(shown)) {
      this.adopt(shown);
      return shown;
    }
    return size === sizeOf(this.shape) ? this.shape : null;
  }

  adopt(shape) {
    const before = this.shape;
    // All inputs hear of the new sizes, this one too, which has them already.
    this.shape = shape;
    try {
      this.sizes.adopt(this.port, shape);
    } catch (error) {
      this.shape = before;
      throw error;
    }
  }

  canBe(shape) {
    const {dims} = this.port;
    return shape.length === dims.length && dims.every((dim, axis) => typeof dim === 'string' || dim === shape[axis]);
  }

  stop() {}
}

function amount(size, shape) {
  const what = shape.length > 1 ? `${count(size)} values, ${shapeText(shape)}` : `${count(size)} values`;
  return `${what}: JSON, or lines of values between commas or blanks.`;
}
