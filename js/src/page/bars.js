// A vector as bars: the largest first, or all in their order.

import {checkbox, element} from './dom.js';
import {format} from './values.js';

const TOP = 10;
/** Longer vectors are tables. */
export const MOST = 1000;

function order(data, all) {
  const indices = Array.from(data, (_, i) => i);
  if (all) return indices;
  const rank = (i) => Number.isNaN(data[i]) ? -Infinity : data[i];
  return indices.sort((a, b) => rank(b) - rank(a) || a - b).slice(0, TOP);
}

function softmax(data) {
  const high = Math.max(...data);
  const powers = Array.from(data, (x) => Math.exp(x - high));
  const sum = powers.reduce((total, x) => total + x, 0);
  return powers.map((x) => x / sum);
}

/** The bars of vectors that change; what the user chose stays. */
export class Bars {
  constructor(name, labels, size, floats) {
    this.name = name;
    this.labels = labels;
    this.all = size <= TOP;
    this.softmax = false;
    this.data = null;
    this.body = element('tbody');
    const table = element('table', {class: labels === null ? 'bars plain' : 'bars'}, element('caption', {class: 'unseen'}, `Values of ${name}`),
      element('colgroup', {}, ['label-column', '', 'value-column'].map((name) => element('col', {class: name}))), this.body);
    const redraw = (key) => (on) => {
      this[key] = on;
      this.show(this.data);
    };
    this.element = element('div', {class: 'bars-view'}, table, element('div', {class: 'row'},
      size > TOP ? checkbox('All, in their order', false, redraw('all')) : null,
      floats ? checkbox('As probabilities (softmax)', false, redraw('softmax')) : null));
  }

  show(data) {
    this.data = data;
    const shown = this.softmax ? softmax(data) : data;
    const finite = Array.from(shown).filter(Number.isFinite);
    const low = Math.min(0, ...finite);
    const span = Math.max(0, ...finite) - low || 1;
    const best = order(shown, false)[0];
    this.body.replaceChildren(...order(shown, this.all).map((i) => this.row(i, shown[i], low, span, i === best)));
  }

  row(i, x, low, span, best) {
    const bar = element('span', {class: 'bar'});
    const share = Number.isFinite(x) ? Math.abs(x) / span : 0;
    bar.style.setProperty('--from', `${100 * (x < 0 ? (x - low) / span : -low / span)}%`);
    bar.style.setProperty('--share', `${100 * share}%`);
    const label = this.labels?.[i] ?? String(i);
    return element('tr', {class: best ? 'best' : ''}, element('th', {scope: 'row', title: label}, label),
      element('td', {class: 'bar-cell', 'aria-hidden': 'true'}, bar), element('td', {class: 'number'}, format(x, 4)));
  }

  /** The largest value in words. */
  summary() {
    const [i] = order(this.data, false);
    return `${this.labels?.[i] ?? i} (${format(this.data[i])})`;
  }
}
