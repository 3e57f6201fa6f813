import '@evenkeel/kit/styles.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { App } from './App';
import { SessionProvider } from './features/auth/session';
import { startLook } from './features/settings/preferences';
import { I18nRoot, startI18n } from './i18n';

const queries = new QueryClient({
  defaultOptions: { queries: { staleTime: 10_000, retry: false } },
});

async function start(root: HTMLElement): Promise<void> {
  startLook();
  await startI18n();
  createRoot(root).render(
    <StrictMode>
      <I18nRoot>
        <QueryClientProvider client={queries}>
          <SessionProvider>
            <BrowserRouter>
              <App />
            </BrowserRouter>
          </SessionProvider>
        </QueryClientProvider>
      </I18nRoot>
    </StrictMode>,
  );
}

const root = document.getElementById('root');
if (root) void start(root);
