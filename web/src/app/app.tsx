/** The page: its views, and how light it is. */
import { useEffect } from 'preact/hooks';
import { VIEWS, useRoute, type View } from '../parts/route.js';
import { BindView } from '../bind/bind-view.js';
import { PerformanceView } from '../performance/performance-view.js';
import { WalkView } from '../walk/walk-view.js';
import { ThemeChoice } from './theme.js';

const TITLES: Readonly<Record<View, string>> = { walk: 'Walk', bind: 'Bind', performance: 'Performance' };
const SAYS: Readonly<Record<View, string>> = {
  walk: 'One address through the tables that Linux made',
  bind: 'A guest’s stage 1 over the host’s stage 2',
  performance: 'A million transactions, cycle by cycle',
};

export function App() {
  const { view, settings } = useRoute();
  useEffect(() => {
    document.title = `${TITLES[view]} · SMMUv3 playground`;
  }, [view]);
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the view
      </a>
      <header class="top-bar">
        <p class="brand">
          <img src="./icon.svg" alt="" width="28" height="28" />
          SMMUv3 <span class="dim">playground</span>
        </p>
        <nav aria-label="Views">
          <ul>
            {VIEWS.map((name) => (
              <li key={name}>
                <a href={`#${name}`} aria-current={name === view ? 'page' : undefined}>
                  {TITLES[name]}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <ThemeChoice />
      </header>
      <main id="main" tabIndex={-1}>
        <h1>
          {TITLES[view]} <span class="dim">{SAYS[view]}</span>
        </h1>
        {view === 'walk' && <WalkView settings={settings} />}
        {view === 'bind' && <BindView settings={settings} />}
        {view === 'performance' && <PerformanceView settings={settings} />}
      </main>
      <footer class="dim small">
        smmuv3-wasm {PLAYGROUND_VERSION} · everything runs in this page, nothing is sent anywhere
      </footer>
    </>
  );
}

/** The part after # is the view's, so that the jump is made by hand. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}
