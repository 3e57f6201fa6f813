import path from 'node:path';
import { getConfig } from '@lingui/conf';
import { lingui } from '@lingui/vite-plugin';
import react from '@vitejs/plugin-react';
import type { PluginOption } from 'vite';

const configPath = path.resolve(import.meta.dirname, 'lingui.config.ts');

/**
 * How our sources become JavaScript, shared by the build and the tests. The message macros run
 * before the React compiler, which must see plain calls.
 */
export function compile(): PluginOption[] {
  return [
    react({
      babel: {
        plugins: [
          ['@lingui/babel-plugin-lingui-macro', { linguiConfig: getConfig({ configPath }) }],
          'babel-plugin-react-compiler',
        ],
      },
    }),
    lingui({ configPath }),
  ];
}
