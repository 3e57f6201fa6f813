import { defineConfig } from 'vitest/config';
import { compile } from './app/compile';

export default defineConfig({
  plugins: compile(),
  test: {
    include: ['{kit,api,app}/src/**/*.test.{ts,tsx}'],
    environment: 'node',
  },
});
