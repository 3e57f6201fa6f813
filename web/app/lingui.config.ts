import { defineConfig } from '@lingui/cli';

/** What is only on screens that are loaded when somebody goes there; `later` brings their texts. */
const AREAS = [
  'admin',
  'board',
  'care',
  'conditions',
  'day',
  'practice',
  'routing',
  'settings',
  'workspace/abuse',
  'workspace/composer',
  'workspace/conversation',
  'workspace/customer',
  'workspace/fields',
  'workspace/many',
  'workspace/merges',
  'workspace/tickets',
  'workspace/together',
];
const LATER = AREAS.map((area) => `<rootDir>/src/features/${area}/**`);

export default defineConfig({
  sourceLocale: 'en',
  locales: ['en', 'de', 'es', 'ar'],
  catalogs: [
    { path: '<rootDir>/src/i18n/locales/{locale}', include: ['<rootDir>/src'], exclude: LATER },
    { path: '<rootDir>/src/i18n/locales/later/{locale}', include: LATER },
  ],
});
