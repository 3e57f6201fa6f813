/** Makes the page look and speak as a person prefers. */
import type { Density, Preferences, Theme } from '@evenkeel/api';
import { activate } from '../../i18n';

const REMEMBERED = 'evenkeel.look';

function applyLook(theme: Theme, density: Density): void {
  const { dataset } = document.documentElement;
  if (theme === 'system') delete dataset.theme;
  else dataset.theme = theme;
  dataset.density = density;
}

/** Before it is known who is here: as it looked last time, so that nothing flashes. */
export function startLook(): void {
  try {
    const [theme, density] = (localStorage.getItem(REMEMBERED) ?? '').split(' ');
    if (theme && density) applyLook(theme as Theme, density as Density);
  } catch {
    // Without storage the page starts in the system's theme.
  }
}

export async function applyPreferences(preferences: Preferences): Promise<void> {
  const { theme, density, language } = preferences;
  applyLook(theme, density);
  try {
    localStorage.setItem(REMEMBERED, `${theme} ${density}`);
  } catch {
    // Without storage the next visit starts in the system's theme.
  }
  await activate(language);
}
