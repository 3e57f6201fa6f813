import path from 'node:path';
import optimizeLocales from '@react-aria/optimize-locales-plugin';
import { defineConfig, type PluginOption } from 'vite';
import { compile } from './compile';

const server = process.env.EVENKEEL_URL ?? 'http://localhost:8080';

/** The component library ships thirty languages; we ship those we speak. */
const locales: PluginOption = {
  ...optimizeLocales.vite({ locales: ['en-US', 'de-DE', 'es-ES', 'ar-AE'] }),
  enforce: 'pre',
};

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  plugins: [locales, ...compile()],
  build: {
    outDir: path.resolve(import.meta.dirname, '../dist'),
    emptyOutDir: true,
    target: 'es2022',
    // The content security policy allows no inline script, and fonts as data: URLs neither.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      output: {
        // The two catalogs of a language are weighed apart.
        chunkFileNames: ({ facadeModuleId }) =>
          facadeModuleId?.includes('/locales/later/')
            ? 'assets/later-[name]-[hash].js'
            : 'assets/[name]-[hash].js',
      },
    },
  },
  server: { proxy: { '/api': { target: server, ws: true } } },
});
