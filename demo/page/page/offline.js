// Keeps the page for times without a network: a service worker has its files, and those of the models that were used.

async function ask(worker, message) {
  const {port1, port2} = new MessageChannel();
  const answer = new Promise((resolve) => {
    port1.onmessage = ({data}) => resolve(data);
  });
  worker.postMessage(message, [port2]);
  return answer;
}

export class Offline {
  /** `onKept(true or false)` tells whether what is used now works without a network, `onNew(take)` that a newer page is here. */
  constructor(onKept, onNew) {
    this.onKept = onKept;
    this.onNew = onNew;
    this.urls = [];
    this.ready = this.start();
  }

  // Browsers have service workers on https and localhost, and not in every private window: the page works all the same.
  async start() {
    const {serviceWorker} = navigator;
    if (serviceWorker === undefined) return null;
    try {
      this.watch(await serviceWorker.register('service-worker.js'));
    } catch {
      if (serviceWorker.controller === null) return null;
    }
    return (await serviceWorker.ready).active;
  }

  watch(registration) {
    const told = (worker) => {
      if (worker?.state === 'installed' && navigator.serviceWorker.controller !== null) this.onNew(() => this.take(worker));
    };
    told(registration.waiting);
    registration.addEventListener('updatefound', () => {
      const worker = registration.installing;
      worker?.addEventListener('statechange', () => told(worker));
    });
  }

  take(worker) {
    navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), {once: true});
    worker.postMessage({take: true});
  }

  /** Keeps these files as well. */
  async keep(urls) {
    const worker = await this.ready;
    if (worker === null) return;
    const {kept} = await ask(worker, {keep: urls.map((url) => new URL(url, document.baseURI).href)});
    this.onKept(kept);
  }
}
