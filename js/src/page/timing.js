// How long runs took on the backend of now, and the memory of the page's tensors.

import {element} from './dom.js';
import {bytes, duration} from './values.js';

/** The value below which a share of the numbers lies. */
export function quantile(numbers, share) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(Math.ceil(share * sorted.length), sorted.length) - 1] ?? NaN;
}

const ROWS = {first: 'First run', median: 'Median of later runs', p95: '95th percentile', memory: 'Tensors', device: 'Runs on'};

export class Timing {
  constructor() {
    this.cells = {};
    const pairs = Object.entries(ROWS).map(([key, title]) => {
      this.cells[key] = element('dd', {}, '–');
      return element('div', {}, element('dt', {}, title), this.cells[key]);
    });
    this.element = element('dl', {class: 'timing'}, pairs);
    this.reset();
  }

  /** Another backend: its times begin anew. */
  reset() {
    this.later = [];
    this.first = null;
    for (const cell of Object.values(this.cells)) cell.textContent = '–';
  }

  /** What the backend runs on. */
  on(device) {
    this.cells.device.textContent = device;
  }

  add(milliseconds, memory) {
    if (this.first === null) {
      this.first = milliseconds;
      this.cells.first.textContent = duration(milliseconds);
    } else {
      this.later.push(milliseconds);
      // A camera runs for hours; what is long ago says nothing of now.
      if (this.later.length > 500) this.later.shift();
      this.cells.median.textContent = `${duration(quantile(this.later, 0.5))} of ${this.later.length}`;
    }
    this.cells.memory.textContent = `${bytes(memory.bytes)} in ${memory.tensors}`;
  }

  /** The result of a series of runs, for the eye and in words. */
  measured(series) {
    const [median, p95] = [quantile(series, 0.5), quantile(series, 0.95)].map(duration);
    this.cells.median.textContent = `${median} of ${series.length}`;
    this.cells.p95.textContent = p95;
    return `${series.length} runs: median ${median}, 95th percentile ${p95}.`;
  }
}
