/**
 * The workspace's languages. Each has two catalogs, loaded when they are needed: one that the
 * first page is drawn from, and one for all screens behind {@link later}.
 *
 * Before sign-in the language is the one last used here, else the browser's; after it, the
 * person's own preference.
 */
import type { Language } from '@evenkeel/api';
import { i18n, type Messages } from '@lingui/core';
import { I18nProvider as MessagesProvider, useLingui } from '@lingui/react';
import {
  lazy,
  useMemo,
  useSyncExternalStore,
  type ComponentType,
  type LazyExoticComponent,
  type ReactNode,
} from 'react';
import { I18nProvider as AriaProvider } from 'react-aria-components/I18nProvider';
import { createFormat, type Format } from './format';
import { chooseLanguage, direction, regionalLocale } from './languages';

export { i18n };
export type { Format } from './format';
export { direction, LANGUAGES } from './languages';

const CATALOGS: Record<Language, () => Promise<{ messages: Messages }>> = {
  en: () => import('./locales/en.po'),
  de: () => import('./locales/de.po'),
  es: () => import('./locales/es.po'),
  ar: () => import('./locales/ar.po'),
};

const LATER: Record<Language, () => Promise<{ messages: Messages }>> = {
  en: () => import('./locales/later/en.po'),
  de: () => import('./locales/later/de.po'),
  es: () => import('./locales/later/es.po'),
  ar: () => import('./locales/later/ar.po'),
};

const REMEMBERED = 'evenkeel.language';

function remembered(): string[] {
  try {
    const language = localStorage.getItem(REMEMBERED);
    return language ? [language] : [];
  } catch {
    // Storage may be denied; the browser's own languages still say enough.
    return [];
  }
}

function remember(language: Language): void {
  try {
    localStorage.setItem(REMEMBERED, language);
  } catch {
    // Without storage the next visit starts in the browser's language.
  }
}

let wanted: Language | null = null;
let isLater = false;

/** A screen that is loaded when somebody goes there, together with its texts. */
export function later<P>(
  load: () => Promise<{ default: ComponentType<P> }>,
): LazyExoticComponent<ComponentType<P>> {
  return lazy(async () => {
    const [module] = await Promise.all([load(), loadLater()]);
    return module;
  });
}

async function loadLater(): Promise<void> {
  isLater = true;
  const language = wanted;
  if (language === null) return;
  const { messages } = await LATER[language]();
  i18n.load(language, messages);
}

/** All texts that are needed by now. */
async function textsOf(language: Language): Promise<Messages> {
  const [first, rest] = await Promise.all([
    CATALOGS[language](),
    isLater ? LATER[language]() : undefined,
  ]);
  if (isLater && !rest) return textsOf(language);
  return { ...first.messages, ...rest?.messages };
}

/** Loads a language and speaks it; of several calls the last one wins, whatever arrives first. */
export async function activate(language: Language): Promise<void> {
  wanted = language;
  const messages = await textsOf(language);
  if (wanted !== language) return;
  i18n.loadAndActivate({
    locale: language,
    locales: regionalLocale(language, navigator.languages),
    messages,
  });
  document.documentElement.lang = language;
  document.documentElement.dir = direction(language);
  remember(language);
}

/** Speaks before the first paint; who is signed in isn't known yet. */
export function startI18n(): Promise<void> {
  return activate(chooseLanguage([...remembered(), ...navigator.languages]));
}

/** The language spoken now. */
export function useLanguage(): Language {
  return useLingui().i18n.locale as Language;
}

const useLocale = () => regionalLocale(useLanguage(), navigator.languages);

function WithLocale({ children }: { children: ReactNode }) {
  return <AriaProvider locale={useLocale()}>{children}</AriaProvider>;
}

/** Wraps the app once; everything inside is drawn anew when the language changes. */
export function I18nRoot({ children }: { children: ReactNode }) {
  return (
    <MessagesProvider i18n={i18n}>
      <WithLocale>{children}</WithLocale>
    </MessagesProvider>
  );
}

export function useFormat(): Format {
  const locale = useLocale();
  return useMemo(() => createFormat(locale), [locale]);
}

const TICK_MS = 30_000;
let tick = Date.now();
let ticking: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function subscribeToTicks(listener: () => void): () => void {
  listeners.add(listener);
  if (ticking === undefined) {
    tick = Date.now();
    ticking = setInterval(() => {
      tick = Date.now();
      listeners.forEach((each) => each());
    }, TICK_MS);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(ticking);
    ticking = undefined;
  };
}

/** The time, for ages on screen: one shared tick, so that they all change together. */
export function useNow(): number {
  return useSyncExternalStore(subscribeToTicks, () => tick);
}
