// Feeds an input from a .npy file.

import {announce, element} from './dom.js';
import {narrow} from './narrow.js';
import {readNpy} from './npy.js';
import {filePicker} from './picture.js';
import {explain, Problem, problemBox} from './problem.js';
import {shapeText} from './ports.js';

export class FileFeed {
  constructor(port, sizes, onChange) {
    this.port = port;
    this.sizes = sizes;
    this.onChange = onChange;
    this.given = null;
    this.shape = null;
    this.told = element('div', {}, element('p', {class: 'hint'}, 'Or drop a .npy file here: numpy.save("input.npy", array).'));
    this.element = element('div', {class: 'drop'}, filePicker('Choose a .npy file', '.npy', (file) => this.open(file)), this.told);
  }

  /** Takes a file; what it holds is checked at once. */
  async open(file) {
    try {
      const array = readNpy(new Uint8Array(await file.arrayBuffer()));
      const {shape, batched} = this.withBatch(array.shape);
      const {data, note} = narrow(array, this.port.dtype);
      this.sizes.adopt(this.port, shape);
      this.given = {dtype: this.port.dtype, shape, data};
      const notes = [note, batched ? 'A first dimension of 1 was added.' : null].filter(Boolean).join(' ');
      this.told.replaceChildren(element('p', {class: 'hint'}, `${file.name}: ${array.dtype}, ${shapeText(array.shape)}. ${notes}`));
      announce(`${file.name} is the input ${this.port.name}. ${notes}`);
      this.onChange();
    } catch (error) {
      this.given = null;
      this.told.replaceChildren(problemBox(explain(error, 'Reading the file')));
    }
  }

  // One element of a batch may come without the batch.
  withBatch(shape) {
    const {dims} = this.port;
    const batched = dims !== null && shape.length === dims.length - 1 && (typeof dims[0] === 'string' || dims[0] === 1);
    return {shape: batched ? [1, ...shape] : shape, batched};
  }

  resize(shape) {
    this.shape = shape;
  }

  /** The value of the input now. */
  value() {
    const {name} = this.port;
    if (this.given === null) throw new Problem(`There is no file for ${name} yet.`, 'Choose a .npy file.');
    if (this.shape !== null && this.shape.join() !== this.given.shape.join()) {
      throw new Problem(`The file for ${name} has the shape ${shapeText(this.given.shape)}, and the open sizes ask for ${shapeText(this.shape)}.`,
        'Change the open sizes back, or choose another file.');
    }
    return this.given;
  }

  stop() {}
}
