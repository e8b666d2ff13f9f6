// One output of the model: the view that suits its values, and ways to take them away.

import {Bars, MOST} from './bars.js';
import {element, field, uniqueId} from './dom.js';
import {ImageView, pictureLayout} from './image_view.js';
import {labelsFor} from './labels.js';
import {signature} from './ports.js';
import {saveButtons} from './save.js';
import {numbersTable} from './table.js';
import {count, formatElement, sizeOf, statistics} from './values.js';

const numeric = ({dtype}) => dtype === 'float32' || dtype === 'int32';

/** A view is {element, show(value, item), summary()}; which one depends on dtype and shape. */
function viewOf(value, metadata) {
  const {name, shape} = value;
  const size = sizeOf(shape);
  const layout = numeric(value) && size > 0 ? pictureLayout(shape) : null;
  if (layout !== null) return Object.assign(new ImageView(name, layout), {batch: layout.batch === null ? 1 : shape[0], summary: () => 'a picture'});
  if (size === 1) return scalarView();
  const row = shape.at(-1);
  if (numeric(value) && shape.length <= 2 && row > 1 && row <= MOST && size > 0) return barsView(value, metadata, row);
  return tableView();
}

function scalarView() {
  const place = element('p', {class: 'scalar'});
  return {
    element: place, batch: 1, summary: () => place.textContent,
    show: (value) => {
      place.textContent = formatElement(value, 0);
    },
  };
}

function barsView({name, dtype, shape}, metadata, row) {
  const bars = new Bars(name, labelsFor(metadata, name, row), row, dtype === 'float32');
  return {
    element: bars.element, batch: shape.length === 2 ? shape[0] : 1, summary: () => bars.summary(),
    show: ({data}, item) => bars.show(data.slice(item * row, (item + 1) * row)),
  };
}

function tableView() {
  const place = element('div');
  let summary = '';
  return {
    element: place, batch: 1, summary: () => summary,
    show: (value) => {
      summary = `${count(sizeOf(value.shape))} values`;
      place.replaceChildren(numbersTable(value.name, value));
    },
  };
}

function warning({dtype, data}) {
  if (dtype !== 'float32' && dtype !== 'complex64') return '';
  const {nan, infinite} = statistics(data);
  const parts = [nan > 0 ? `${count(nan)} of ${count(data.length)} values are NaN` : '', infinite > 0 ? `${count(infinite)} are infinite` : ''];
  return parts.filter(Boolean).join(', ');
}

export class OutputCard {
  constructor(port, metadata) {
    this.port = port;
    this.metadata = metadata;
    this.shape = null;
    this.item = 0;
    this.value = null;
    this.place = element('div', {class: 'view'}, element('p', {class: 'hint'}, 'Nothing has run yet.'));
    this.facts = element('p', {class: 'signature'}, signature(port));
    this.warning = element('p', {class: 'warning', hidden: true});
    const title = element('h3', {id: uniqueId('output')}, port.name);
    this.element = element('section', {class: 'card output', 'aria-labelledby': title.id},
      element('header', {class: 'card-head'}, title, this.facts), this.warning, this.place);
  }

  /** Shows a value; a view of the same kind of value keeps what the user chose in it. */
  show(value) {
    this.value = value;
    const kind = `${value.dtype} ${value.shape}`;
    if (kind !== this.shape) this.rebuild(value, kind);
    const told = warning(value);
    this.warning.hidden = told === '';
    this.warning.textContent = told;
    this.view.show(value, this.item);
  }

  rebuild(value, kind) {
    this.shape = kind;
    this.item = 0;
    this.view = viewOf(value, this.metadata);
    this.facts.textContent = `${value.dtype} [${value.shape.join(', ')}]`;
    this.place.replaceChildren(...[this.chooser(), this.view.element, saveButtons(value.name, () => this.value)].filter(Boolean));
  }

  chooser() {
    const {batch} = this.view;
    if (batch < 2) return null;
    const control = element('input', {
      type: 'number', min: 0, max: batch - 1, value: 0, on: {
        input: () => {
          this.item = Math.min(Math.max(Math.trunc(Number(control.value)), 0), batch - 1);
          this.view.show(this.value, this.item);
        },
      },
    });
    return field(`Item of ${batch}`, control);
  }

  /** The value in a few words. */
  summary() {
    return `${this.port.name}: ${this.view.summary()}`;
  }
}
