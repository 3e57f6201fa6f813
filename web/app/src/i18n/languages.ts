import type { Language } from '@evenkeel/api';

type LanguageEntry = {
  code: Language;
  /** In the language itself. */ name: string;
  dir: 'ltr' | 'rtl';
};

/** The languages the workspace speaks, in the order they are offered. */
export const LANGUAGES: readonly LanguageEntry[] = [
  { code: 'en', name: 'English', dir: 'ltr' },
  { code: 'de', name: 'Deutsch', dir: 'ltr' },
  { code: 'es', name: 'Español', dir: 'ltr' },
  { code: 'ar', name: 'العربية', dir: 'rtl' },
];

const base = (tag: string) => tag.toLowerCase().split('-')[0];

/** The first language we speak among those asked for, most wanted first; English otherwise. */
export function chooseLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const found = LANGUAGES.find(({ code }) => code === base(tag));
    if (found) return found.code;
  }
  return 'en';
}

/**
 * The locale for dates and numbers: the browser's regional form of the language (en-GB, es-MX)
 * when it names one, so that someone in Leeds reads 3 July and not July 3.
 */
export function regionalLocale(language: Language, wanted: readonly string[]): string {
  return wanted.find((tag) => base(tag) === language && tag.includes('-')) ?? language;
}

export function direction(language: Language): 'ltr' | 'rtl' {
  return LANGUAGES.find(({ code }) => code === language)?.dir ?? 'ltr';
}
