// Feeds an input from a picture: drawn, of a file, or of the camera; how it becomes numbers is the user's choice and shown.

import {checkbox, element, field, select} from './dom.js';
import {FITS, pack, resize, SCALES} from './pixels.js';
import {Preview} from './preview.js';
import {Problem} from './problem.js';

export class ImageFeed {
  /** `maker` is the class of the source of pictures: Draw, Picture or Camera. */
  constructor(Maker, port, layout, onChange) {
    this.port = port;
    this.layout = layout;
    this.onChange = onChange;
    this.shape = null;
    this.how = {fit: 'fit', scale: port.dtype === 'int32' ? 'bytes' : 'unit', grayscale: false, invert: false};
    this.maker = new Maker(port.name, () => this.change());
    this.preview = new Preview(port.name);
    this.element = element('div', {class: 'image-feed'}, this.maker.element, this.preview.element, this.settings());
  }

  settings() {
    const set = (key) => (value) => {
      this.how[key] = value;
      this.change();
    };
    const scales = Object.entries(SCALES).filter(([name]) => name !== 'imagenet' || this.layout.channels === 3);
    return element('fieldset', {class: 'settings'}, element('legend', {}, 'How it becomes numbers'),
      element('div', {class: 'row'},
        field('Size', select(Object.entries(FITS), this.how.fit, set('fit'))),
        field('Scale', select(scales.map(([name, {label}]) => [name, label]), this.how.scale, set('scale')))),
      element('div', {class: 'row'},
        this.layout.channels === 1 ? null : checkbox('Grayscale', false, set('grayscale')),
        checkbox('Invert', false, set('invert'))));
  }

  /** The input has this shape now. */
  resize(shape) {
    this.shape = shape;
    this.maker.resize(shape[this.layout.w], shape[this.layout.h]);
    this.show();
  }

  change() {
    this.show();
    this.onChange();
  }

  show() {
    const value = this.make();
    if (value === null) this.preview.empty(this.shape[this.layout.w], this.shape[this.layout.h]);
    else this.preview.show(value, this.layout, this.how.scale);
  }

  make() {
    const picture = this.maker.source();
    const size = [this.shape[this.layout.w], this.shape[this.layout.h]];
    if (picture === null) return null;
    const rgba = size.includes(0) ? new Uint8ClampedArray(0) : resize(picture.source, picture.size, size, this.how.fit, this.layout.channels === 4);
    return {dtype: this.port.dtype, shape: this.shape, data: pack(rgba, size, this.shape, this.layout, this.port.dtype, this.how)};
  }

  /** The value of the input now. */
  value() {
    const value = this.make();
    if (value === null) throw new Problem(`There is no picture for ${this.port.name} yet.`, 'Choose one, draw one, or start the camera.');
    return value;
  }

  /** Takes a picture's file. */
  open(file) {
    return this.maker.open(file);
  }

  stop() {
    this.maker.stop();
  }
}
