// The page: paper, answer, samples, and what reads; each is shown as soon as it can be used.

import {Answer} from './answer.js';
import {announce, button, element} from './dom.js';
import {Engine} from './engine.js';
import {Language} from './language.js';
import {Offline} from './offline.js';
import {Paper} from './paper.js';
import {Problems} from './problem.js';
import {Reader} from './reader.js';
import {samples} from './samples.js';
import {Seen} from './seen.js';

const at = (id) => document.getElementById(id);

const language = new Language();
at('languages').append(language.element());
language.fill();
const problems = new Problems(language);
const answer = new Answer(language);
at('bars').append(answer.element);
const seen = new Seen(language);
at('seen').append(seen.element);
let reader = null;
const paper = new Paper(language, () => reader?.change());
at('sheet').append(paper.element);

async function json(file) {
  const response = await fetch(file, {cache: 'no-cache'});
  if (!response.ok) throw new Error(`${file}: status ${response.status}`);
  return response.json();
}

let kept = false;
const showKept = (text) => { at('offline').textContent = kept ? text.offline : ''; };
language.show(showKept);
const offline = new Offline((works) => {
  kept = works;
  showKept(language.text);
}, (take) => {
  const load = button('', take);
  at('offline').after(element('p', {}, load));
  language.show((text) => { load.textContent = text.newer; });
});

async function showSamples() {
  const found = await json('samples.json');
  at('samples').append(...samples(found, language, (picture) => paper.put(picture)));
}

async function start() {
  problems.clear();
  try {
    const [tf, manifest] = await Promise.all([import('../tensorflow/tensorflow.js'), json('models.json')]);
    at('runtime').textContent = `TensorFlow.js ${tf.version_core}.`;
    let engine = null;
    reader = new Reader(tf, {
      read: () => paper.read(), seen: (pixels) => seen.show(pixels), answered: (shares) => answer.show(shares), timed: () => engine.render(),
      busy: (now) => engine.say(now),
      failed: (error) => {
        console.debug(error);
        problems.show(error, () => use(engine.model, engine.backend));
      },
    });
    const use = async (model, backend) => {
      problems.clear();
      const works = await reader.use(model, backend);
      if (works) offline.keep(model.files);
    };
    engine = new Engine(language, reader, manifest, await tf.availableBackends(), use);
    reader.change();
    await use(engine.model, engine.backend);
    announce(language.text.isReady);
  } catch (error) {
    problems.show(error, start);
  }
}

showSamples().catch((error) => problems.show(error, () => location.reload()));
await start();
document.documentElement.dataset.ready = '';
