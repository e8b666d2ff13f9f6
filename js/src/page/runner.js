// Runs the model one run at a time: on demand, when an input changes, or many times for a measurement.

import {painted} from './dom.js';

const MEASURED = 30;
const MEASURE_LONGEST = 6000;

export class Runner {
  /**
   * `page` is what runs touch: collect(quiet) gives the values of the inputs or null, busy(text or null), done(result, live), failed(error, doing).
   */
  constructor(runtime, page) {
    this.runtime = runtime;
    this.page = page;
    this.live = false;
    this.running = false;
    this.dirty = false;
    this.timer = null;
    this.took = 0;
  }

  /** An input changed. */
  change() {
    if (!this.live) return;
    if (this.running || this.timer !== null) {
      this.dirty = true;
      return;
    }
    // Between runs, the page needs time for the user.
    this.timer = setTimeout(() => {
      this.timer = null;
      this.dirty = false;
      this.run(true);
    }, Math.min(Math.max(this.took / 2, 40), 1000));
  }

  /** Runs the model once; `live` runs say nothing of inputs that are not ready. */
  run(live = false) {
    return this.alone(live ? null : 'Running', async () => {
      const values = this.page.collect(live);
      if (values === null) return;
      const result = await this.runtime.run(values);
      this.took = result.milliseconds;
      this.page.done(result, live);
    }, 'Running the model');
  }

  /** Runs the model many times on the same inputs; resolves to the milliseconds of each. */
  measure() {
    return this.alone('Measuring', async () => {
      const values = this.page.collect(false);
      if (values === null) return null;
      const series = [];
      // The first run compiles and uploads: it is another matter.
      this.page.done(await this.runtime.run(values), true);
      const before = performance.now();
      while (series.length < MEASURED && performance.now() - before < MEASURE_LONGEST) {
        series.push((await this.runtime.run(values)).milliseconds);
        if (series.length % 5 === 0) await painted();
      }
      return series;
    }, 'Measuring');
  }

  /** Changes the backend. */
  use(backend) {
    return this.alone(`Starting ${backend}`, async () => {
      await this.runtime.use(backend);
      return true;
    }, `Starting ${backend}`);
  }

  // One thing at a time; what the page shows is painted before the thread is taken.
  async alone(text, job, doing) {
    while (this.running) await this.running;
    let free;
    this.running = new Promise((resolve) => {
      free = resolve;
    });
    this.page.busy(text);
    try {
      await painted();
      return await job();
    } catch (error) {
      this.page.failed(error, doing);
      return null;
    } finally {
      this.running = false;
      free();
      this.page.busy(null);
      if (this.dirty) {
        this.dirty = false;
        this.change();
      }
    }
  }
}
