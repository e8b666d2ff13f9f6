// The progress of the model's files, in bytes: all together, and each of them.

import {element, uniqueId} from './dom.js';
import {bytes} from './values.js';

export class Loading {
  constructor() {
    const title = element('h2', {id: uniqueId('loading')}, 'Loading the model');
    this.bar = element('progress', {max: 1, 'aria-labelledby': title.id});
    this.words = element('p', {class: 'hint'}, 'Asking for model.json');
    this.list = element('ul', {class: 'files'});
    this.rows = new Map();
    this.element = element('section', {class: 'loading card', 'aria-labelledby': title.id}, title, this.bar, this.words, this.list);
  }

  row(file) {
    if (!this.rows.has(file)) {
      const [bar, words] = [element('progress', {max: 1, 'aria-label': file}), element('span', {class: 'number'})];
      this.list.append(element('li', {}, element('span', {class: 'file-name'}, file), bar, words));
      this.rows.set(file, {bar, words});
    }
    return this.rows.get(file);
  }

  /** What is known of a file now; the rest is the sum over all of them. */
  update({file, received, total, allReceived, allTotal}) {
    const {bar, words} = this.row(file);
    if (total > 0) bar.value = received / total;
    words.textContent = total > 0 && received < total ? `${bytes(received)} of ${bytes(total)}` : bytes(received);
    if (allTotal > 0) this.bar.value = allReceived / allTotal;
    this.words.textContent = allTotal > 0 ? `${bytes(allReceived)} of ${bytes(allTotal)}` : bytes(allReceived);
  }

  /** What the page does after the bytes came. */
  say(text) {
    this.words.textContent = text;
  }
}
