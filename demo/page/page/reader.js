// Reads what is drawn, again whenever it changes, with the model that is chosen: one thing at a time.

import {softmax} from './answer.js';
import {Classifier} from './classifier.js';
import {painted} from './dom.js';
import {median} from './format.js';
import {prepare, SIDE} from './preprocess.js';
import {SIZE} from './strokes.js';

const KEPT = 40;
const FRAME = 16;

export class Reader {
  /**
   * `page` is what is told: read() gives the ink, seen(pixels), answered(shares), timed(), busy(words or null), failed(error).
   */
  constructor(tf, page) {
    this.tf = tf;
    this.page = page;
    this.classifier = null;
    this.pixels = null;
    this.dirty = false;
    this.timer = null;
    this.times = new Map();
    this.turn = Promise.resolve();
    this.asked = 0;
  }

  /** The milliseconds of a model on a backend, the middle one of the last runs; null before any. */
  time(model, backend) {
    const series = this.times.get(`${model.name} ${backend}`);
    return series === undefined ? null : median(series);
  }

  remember(milliseconds) {
    const {model, backend} = this.chosen;
    const key = `${model.name} ${backend}`;
    this.times.set(key, [...this.times.get(key) ?? [], ...milliseconds].slice(-KEPT));
    this.page.timed();
  }

  // After all that is under way; what fails is told, and the next thing goes on. Resolves to whether it went well.
  next(job) {
    this.turn = this.turn.then(job).then(() => true, (error) => {
      this.page.failed(error);
      return false;
    });
    return this.turn;
  }

  /** The ink has changed; a pointer tells it more often than a screen shows it. */
  change() {
    this.timer ??= setTimeout(() => this.look(), FRAME);
  }

  look() {
    this.timer = null;
    const ink = this.page.read();
    this.pixels = prepare(ink, SIZE, SIZE);
    this.page.seen(this.pixels);
    if (this.pixels === null) this.page.answered(null);
    if (this.dirty) return;
    this.dirty = true;
    this.next(() => this.run());
  }

  async run() {
    this.dirty = false;
    if (this.classifier === null || this.pixels === null) return;
    const {logits, milliseconds} = await this.classifier.run(this.pixels);
    this.remember([milliseconds]);
    if (this.pixels !== null) this.page.answered(softmax(logits));
    await painted();
  }

  /** Uses a model on a backend from now on. Of several choices in a row, the last one counts. */
  use(model, backend) {
    const turn = ++this.asked;
    return this.next(async () => {
      if (turn !== this.asked) return;
      try {
        await this.load(model, backend);
        await this.run();
      } finally {
        this.page.busy(null);
      }
    });
  }

  async load(model, backend) {
    this.classifier?.dispose();
    this.classifier = null;
    this.chosen = {model, backend};
    this.page.busy({model, backend, share: null});
    await painted();
    const onProgress = ({allReceived, allTotal}) => this.page.busy({model, backend, share: allReceived / allTotal});
    this.classifier = await Classifier.load(this.tf, backend, new URL(model.path, document.baseURI).href, {onProgress});
    await this.classifier.warm();
    this.remember(await this.classifier.measure(this.pixels ?? new Float32Array(SIDE * SIDE)));
  }

  /** Times models on backends, one after the other, and returns to what was chosen. What fails is told, and left out. */
  async timeAll(models, backends) {
    const {model: before, backend: chosen} = this.chosen;
    const turn = ++this.asked;
    for (const backend of backends) {
      for (const model of models) {
        await this.next(() => turn === this.asked ? this.load(model, backend) : null);
      }
    }
    if (turn === this.asked) await this.use(before, chosen);
  }
}
