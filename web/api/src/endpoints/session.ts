import type { Transport } from '../transport';
import type * as T from '../types';

/** First run, signing in and out, and what a person may set for themselves. */
export const sessionEndpoints = (http: Transport) => ({
  setup: {
    get: (signal?: AbortSignal) => http.json<T.Setup>('GET', '/setup', { signal }),
    create: (body: T.SetupInput, idempotencyKey?: string) =>
      http.json<T.Me>('POST', '/setup', { body, creates: true, idempotencyKey }),
  },
  session: {
    signIn: (body: T.Credentials) => http.json<T.Me>('POST', '/session', { body }),
    signOut: () => http.none('DELETE', '/session'),
  },
  me: {
    get: (signal?: AbortSignal) => http.json<T.Me>('GET', '/me', { signal }),
    update: (body: T.MePatch) => http.json<T.Me>('PATCH', '/me', { body }),
    changePassword: (body: T.PasswordChange) => http.none('POST', '/me/password', { body }),
    sessions: (signal?: AbortSignal) =>
      http.json<T.Whole<T.Session>>('GET', '/me/sessions', { signal }),
    revokeSession: (id: number) => http.none('DELETE', `/me/sessions/${id}`),
    tokens: (signal?: AbortSignal) =>
      http.json<T.Whole<T.ApiToken>>('GET', '/me/tokens', { signal }),
    createToken: (body: T.ApiTokenInput, idempotencyKey?: string) =>
      http.json<T.CreatedApiToken>('POST', '/me/tokens', { body, creates: true, idempotencyKey }),
    deleteToken: (id: number) => http.none('DELETE', `/me/tokens/${id}`),
    notificationSettings: (signal?: AbortSignal) =>
      http.json<T.NotificationSettings>('GET', '/me/notification-settings', { signal }),
    setNotificationSettings: (body: T.NotificationSettings) =>
      http.json<T.NotificationSettings>('PUT', '/me/notification-settings', { body }),
  },
  agents: {
    list: (signal?: AbortSignal) => http.json<T.Whole<T.Agent>>('GET', '/agents', { signal }),
    update: (id: number, body: T.AgentPatch) =>
      http.json<T.Agent>('PATCH', `/agents/${id}`, { body }),
  },
  invitations: {
    list: (signal?: AbortSignal) =>
      http.json<T.Whole<T.Invitation>>('GET', '/invitations', { signal }),
    create: (body: T.InvitationInput, idempotencyKey?: string) =>
      http.json<T.CreatedInvitation>('POST', '/invitations', {
        body,
        creates: true,
        idempotencyKey,
      }),
    delete: (id: number) => http.none('DELETE', `/invitations/${id}`),
    byToken: (token: string, signal?: AbortSignal) =>
      http.json<T.InvitationPreview>('GET', byToken(token), { signal }),
    accept: (token: string, body: T.InvitationAcceptance) =>
      http.json<T.Me>('POST', `${byToken(token)}/accept`, { body }),
  },
});

const byToken = (token: string) => `/invitations/by-token/${encodeURIComponent(token)}`;
