// What the model really gets: the numbers of an input, drawn again as a picture.

import {element} from './dom.js';
import {SCALES} from './pixels.js';
import {raster} from './raster.js';
import {format, statistics} from './values.js';

export class Preview {
  constructor(name) {
    this.canvas = element('canvas', {class: 'pixels', role: 'img', 'aria-label': `What the model gets for ${name}`});
    this.words = element('figcaption', {class: 'hint'}, 'What the model gets');
    this.element = element('figure', {class: 'preview'}, this.canvas, this.words);
  }

  /** Nothing yet, of this size. */
  empty(width, height) {
    [this.canvas.width, this.canvas.height] = [Math.max(width, 1), Math.max(height, 1)];
    this.words.textContent = 'What the model gets';
  }

  show(value, layout, scale) {
    raster(this.canvas, value, layout, {range: SCALES[scale].range});
    const {low, high, mean} = statistics(value.data);
    const range = value.data.length === 0 ? 'nothing' : `${format(low)} to ${format(high)}, mean ${format(mean)}`;
    this.words.textContent = `The model gets ${value.shape.join(' × ')} ${value.dtype}: ${range}`;
  }
}
