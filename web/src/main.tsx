import { render } from 'preact';
import './styles/base.css';
import './styles/controls.css';
import './styles/structure.css';
import './styles/walk.css';
import './styles/bind.css';
import './styles/performance.css';
import { App } from './app/app.js';

const place = document.getElementById('app');
if (place === null) throw new Error('the page has no #app');
place.textContent = '';
render(<App />, place);

if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  // Without one the page works while there is a network.
  navigator.serviceWorker.register('./service-worker.js').catch(() => undefined);
}
