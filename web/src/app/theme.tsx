/** Light, dark, or as the system has it. */
import { useEffect, useState } from 'preact/hooks';

const THEMES = { auto: 'light dark', light: 'light', dark: 'dark' } as const;
type Theme = keyof typeof THEMES;
const KEY = 'theme';

function remembered(): Theme {
  try {
    const kept = localStorage.getItem(KEY);
    return kept !== null && kept in THEMES ? (kept as Theme) : 'auto';
  } catch {
    return 'auto'; // a page may be denied storage
  }
}

export function ThemeChoice() {
  const [theme, setTheme] = useState(remembered);
  useEffect(() => {
    document.documentElement.style.colorScheme = THEMES[theme];
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // Then it is not remembered.
    }
    dispatchEvent(new Event('themechange'));
  }, [theme]);
  return (
    <label class="theme">
      <span class="visually-hidden">Colours</span>
      <select value={theme} onChange={(event) => setTheme(event.currentTarget.value as Theme)}>
        <option value="auto">Auto</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
    </label>
  );
}
