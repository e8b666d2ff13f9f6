// The 28 × 28 values that the model gets, as a picture.

import {element} from './dom.js';
import {SIDE} from './preprocess.js';

export class Seen {
  constructor(language) {
    this.canvas = element('canvas', {class: 'pixels', width: SIDE, height: SIDE, role: 'img'});
    this.context = this.canvas.getContext('2d', {willReadFrequently: true});
    const [title, words] = [element('h3', {}), element('p', {class: 'hint'})];
    this.element = element('div', {class: 'seen-row'}, this.canvas, element('div', {}, title, words));
    language.show((text) => {
      [title.textContent, words.textContent] = [text.seen, text.seenHow];
      this.canvas.setAttribute('aria-label', text.seen);
    });
    this.show(null);
  }

  /** White on black, as the model was trained with; black where nothing is drawn. */
  show(pixels) {
    const image = this.context.createImageData(SIDE, SIDE);
    for (let i = 0; i < SIDE * SIDE; i++) {
      image.data.fill(Math.round(255 * (pixels?.[i] ?? 0)), 4 * i, 4 * i + 3);
      image.data[4 * i + 3] = 255;
    }
    this.context.putImageData(image, 0, 0);
  }
}
