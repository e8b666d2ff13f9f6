// The sizes of open dims: one number for each name, whatever inputs it occurs in. A dim may be a sum of products, such as 4*h + 1.

import {element, field} from './dom.js';
import {Problem} from './problem.js';
import {shapeText} from './ports.js';

const NAME = /[A-Za-z_]\w*/g;
const SUM = /^\s*-?\s*[\w]+(\s*\*\s*\w+)*(\s*[-+]\s*\w+(\s*\*\s*\w+)*)*\s*$/;

function terms(expression) {
  return expression.replaceAll(' ', '').replaceAll('-', '+-').split('+').filter(Boolean);
}

function evaluate(expression, values) {
  const factor = (word) => /^\d+$/.test(word) ? Number(word) : values.get(word);
  return terms(expression).reduce((sum, term) => {
    const sign = term.startsWith('-') ? -1 : 1;
    return sum + sign * term.replace('-', '').split('*').reduce((product, word) => product * factor(word), 1);
  }, 0);
}

// A name of ours (`x axis 0`) or a dim that we cannot read stands for itself.
function namesIn(dim) {
  return SUM.test(dim) ? dim.match(NAME) ?? [] : [dim];
}

function startingSize(name, port, axis, layout) {
  if (layout !== null && (axis === layout.h || axis === layout.w)) return 64;
  return axis === 0 ? 1 : 8;
}

export class Sizes {
  /** `layouts` are those of pictures among the ports, or null; `onChange` hears of each new size. */
  constructor(ports, layouts, onChange) {
    this.values = new Map();
    this.controls = new Map();
    this.onChange = onChange;
    ports.forEach((port, i) => port.dims?.forEach((dim, axis) => {
      if (typeof dim !== 'string') return;
      for (const name of namesIn(dim)) if (!this.values.has(name)) this.values.set(name, startingSize(name, port, axis, layouts[i]));
    }));
    this.element = this.values.size === 0 ? null : this.build();
  }

  build() {
    const fields = [...this.values].map(([name, value]) => {
      const control = element('input', {type: 'number', min: 0, max: 65536, step: 1, value, on: {change: () => this.read(name)}});
      this.controls.set(name, control);
      return field(name, control);
    });
    return element('fieldset', {class: 'sizes'}, element('legend', {}, 'Open sizes'), element('div', {class: 'row'}, fields));
  }

  read(name) {
    const control = this.controls.get(name);
    const value = Number(control.value);
    const valid = control.value !== '' && Number.isInteger(value) && value >= 0 && value <= 65536;
    control.setAttribute('aria-invalid', String(!valid));
    if (!valid) return;
    this.values.set(name, value);
    this.onChange();
  }

  size(dim) {
    if (typeof dim === 'number') return dim;
    return SUM.test(dim) ? evaluate(dim, this.values) : this.values.get(dim);
  }

  /** The shape of a port with the sizes of now; null where the model says nothing of it. */
  shape(port) {
    return port.dims?.map((dim) => this.size(dim)) ?? null;
  }

  /** Takes over the sizes of a given array; says what does not fit. */
  adopt(port, shape) {
    if (port.dims === null) return;
    const fits = shape.length === port.dims.length && port.dims.every((dim, axis) => typeof dim === 'string' || dim === shape[axis]);
    if (!fits) {
      throw new Problem(`${port.name} takes the shape ${port.dims.join(' × ') || 'of a single value'}; this is ${shapeText(shape)}.`,
        'Give an array of that shape.');
    }
    port.dims.forEach((dim, axis) => {
      if (this.values.has(dim)) this.set(dim, shape[axis]);
    });
    const now = this.shape(port);
    if (now.some((dim, axis) => dim !== shape[axis])) {
      throw new Problem(`${port.name} would have the shape ${shapeText(now)} with the open sizes; this is ${shapeText(shape)}.`,
        'Change the open sizes, or give an array that fits them.');
    }
    this.onChange();
  }

  set(name, value) {
    this.values.set(name, value);
    this.controls.get(name).value = value;
    this.controls.get(name).setAttribute('aria-invalid', 'false');
  }
}
