// An output that is like a picture, drawn; of many channels one at a time.

import {element, field} from './dom.js';
import {raster} from './raster.js';
import {format, statistics} from './values.js';

const COLOURS = new Set([1, 3, 4]);

/** Where an output's axes are those of a picture; null where it is not like one. */
export function pictureLayout(shape) {
  const [h, w, c] = shape.slice(-3);
  if (shape.length === 4 && h >= 8 && w >= 8) return {batch: 0, h: 1, w: 2, c: 3, channels: c};
  if (shape.length === 3 && h >= 8 && w >= 8 && COLOURS.has(c)) return {batch: null, h: 0, w: 1, c: 2, channels: c};
  return null;
}

function rangeOf({low, high}) {
  if (low >= 0 && high <= 1) return [0, 1];
  if (low >= 0 && high > 1 && high <= 255 && high > 32) return [0, 255];
  return [low, high];
}

export class ImageView {
  constructor(name, layout) {
    this.layout = layout;
    this.channel = COLOURS.has(layout.channels) ? null : 0;
    this.value = null;
    this.canvas = element('canvas', {class: 'pixels', role: 'img', 'aria-label': `Picture of ${name}`});
    this.words = element('figcaption', {class: 'hint'});
    const chooser = element('input', {
      type: 'number', min: 0, max: layout.channels - 1, value: 0, on: {
        input: () => {
          this.channel = Math.min(Math.max(Math.trunc(Number(chooser.value)), 0), layout.channels - 1);
          this.show(this.value, this.item);
        },
      },
    });
    this.element = element('figure', {class: 'preview'}, this.canvas, this.words,
      this.channel === null ? null : field(`Channel of ${layout.channels}`, chooser));
  }

  show(value, item) {
    this.value = value;
    this.item = item;
    const [low, high] = rangeOf(statistics(value.data));
    raster(this.canvas, value, this.layout, {range: [low, high], item, channel: this.channel});
    this.words.textContent = `Black is ${format(low)}, white is ${format(high)}.`;
  }
}
