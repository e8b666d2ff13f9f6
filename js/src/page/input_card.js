// One input of the model, and the ways to feed it.

import {Camera} from './camera.js';
import {choice, element, uniqueId} from './dom.js';
import {Draw} from './draw.js';
import {FileFeed} from './file_feed.js';
import {ImageFeed} from './image_feed.js';
import {acceptDrops, Picture} from './picture.js';
import {imageLayout, signature} from './ports.js';
import {explain, problemBox} from './problem.js';
import {ValuesFeed} from './values_feed.js';

const LABELS = {draw: 'Draw', picture: 'Picture', camera: 'Camera', values: 'Values', file: '.npy file'};

/** The first way is the one that a user finds open. */
function waysOf(port, layout) {
  // Pairs of numbers have no fields of their own here.
  if (port.dtype === 'complex64') return ['file'];
  if (layout === null) return ['values', 'file'];
  const drawn = layout.channels === 1 ? ['draw', 'picture'] : ['picture', 'draw'];
  return [...drawn, 'camera', 'values', 'file'];
}

export class InputCard {
  constructor(port, sizes, onChange) {
    this.port = port;
    this.sizes = sizes;
    this.onChange = onChange;
    this.layout = imageLayout(port);
    this.feeds = new Map();
    this.place = element('div', {class: 'feed'});
    this.wrong = element('div', {class: 'wrong'});
    const ways = waysOf(port, this.layout);
    this.chosen = ways[0];
    this.element = this.build(ways);
    this.choose(this.chosen);
  }

  build(ways) {
    const title = element('h3', {id: uniqueId('input')}, this.port.name);
    const rows = ways.map((value) => ({value, label: LABELS[value]}));
    this.switch = choice(`Feed ${this.port.name} from`, rows, this.chosen, (way) => this.turn(way), 'ways');
    const card = element('section', {class: 'card input', 'aria-labelledby': title.id},
      element('header', {class: 'card-head'}, title, element('p', {class: 'signature'}, signature(this.port))),
      this.switch, this.place, this.wrong);
    acceptDrops(card, (file) => this.take(file));
    return card;
  }

  make(way) {
    const changed = () => this.changed();
    if (way === 'values') return new ValuesFeed(this.port, this.sizes, changed);
    if (way === 'file') return new FileFeed(this.port, this.sizes, changed);
    return new ImageFeed({draw: Draw, picture: Picture, camera: Camera}[way], this.port, this.layout, changed);
  }

  get feed() {
    return this.feeds.get(this.chosen);
  }

  choose(way) {
    this.feed?.stop();
    this.chosen = way;
    if (!this.feeds.has(way)) this.feeds.set(way, this.make(way));
    this.wrong.replaceChildren();
    this.place.replaceChildren(this.feed.element);
    this.resize();
  }

  // What a new way holds is not yet given: no picture, no file.
  turn(way) {
    this.choose(way);
    if (way === 'values' || way === 'draw') this.onChange();
  }

  changed() {
    this.wrong.replaceChildren();
    this.onChange();
  }

  /** The open sizes changed. */
  resize() {
    this.feed.resize(this.sizes.shape(this.port));
  }

  /** A file was dropped or pasted: a picture, or an array. */
  take(file) {
    const way = file.type.startsWith('image/') && this.layout !== null ? 'picture' : 'file';
    this.switch.querySelector(`[value="${way}"]`).checked = true;
    this.choose(way);
    this.feed.open(file);
  }

  /** The value of the input now, or null where it is wrong; what is wrong is said unless that would interrupt (`quiet`). */
  value(quiet) {
    try {
      const value = this.feed.value();
      this.wrong.replaceChildren();
      return value;
    } catch (error) {
      if (!quiet) this.wrong.replaceChildren(problemBox(explain(error, `Reading ${this.port.name}`)));
      return null;
    }
  }
}
