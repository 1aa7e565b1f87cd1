/** The page's address: a view and its settings, such as `#walk?sid=0x30&iova=0x10000000`, so that a link shows the same. */
import { useCallback, useEffect, useState } from 'preact/hooks';

export const VIEWS = ['walk', 'bind', 'performance'] as const;
export type View = (typeof VIEWS)[number];

export interface Route {
  readonly view: View;
  readonly settings: Readonly<Record<string, string>>;
}

export function readRoute(hash: string): Route {
  const [name = '', query = ''] = hash.replace(/^#/, '').split('?');
  const view = VIEWS.find((known) => known === name) ?? 'walk';
  return { view, settings: Object.fromEntries(new URLSearchParams(query)) };
}

export function routeHash({ view, settings }: Route): string {
  const query = new URLSearchParams(settings).toString();
  return query === '' ? `#${view}` : `#${view}?${query}`;
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => readRoute(location.hash));
  useEffect(() => {
    const follow = (): void => setRoute(readRoute(location.hash));
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return route;
}

/** Writes the settings of a view into the address without a step in the history. */
export function useAddress(view: View): (settings: Record<string, string>) => void {
  return useCallback(
    (settings) => history.replaceState(history.state, '', routeHash({ view, settings })),
    [view],
  );
}
