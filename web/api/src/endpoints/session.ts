import type { Transport } from '../transport';
import type * as T from '../types';

/** First run, signing in and out, and what a person may set for themselves. */
export const sessionEndpoints = (http: Transport) => ({
  setup: {
    get: (signal?: AbortSignal) => http.json('GET', '/setup', { signal }),
    create: (body: T.SetupInput, idempotencyKey?: string) =>
      http.json('POST', '/setup', { body, creates: true, idempotencyKey }),
  },
  session: {
    signIn: (body: T.Credentials) => http.json('POST', '/session', { body }),
    signOut: () => http.none('DELETE', '/session'),
    turns: (signal?: AbortSignal) => http.json('GET', '/session/turns', { signal }),
    share: (shared: boolean) => http.none('PUT', '/session/computer', { body: { shared } }),
    lock: () => http.none('POST', '/session/lock'),
    unlock: (body: T.Unlocking) => http.json('POST', '/session/unlock', { body }),
  },
  me: {
    get: (signal?: AbortSignal) => http.json('GET', '/me', { signal }),
    update: (body: T.MePatch) => http.json('PATCH', '/me', { body }),
    changePassword: (body: T.PasswordChange) => http.none('POST', '/me/password', { body }),
    pin: (signal?: AbortSignal) => http.json('GET', '/me/pin', { signal }),
    setPin: (body: T.NewPin) => http.none('PUT', '/me/pin', { body }),
    removePin: (body: T.PinRemoval) => http.none('POST', '/me/pin/remove', { body }),
    sessions: (signal?: AbortSignal) => http.json('GET', '/me/sessions', { signal }),
    revokeSession: (id: number) => http.none('DELETE', '/me/sessions/{id}', { path: { id } }),
    tokens: (signal?: AbortSignal) => http.json('GET', '/me/tokens', { signal }),
    createToken: (body: T.ApiTokenInput, idempotencyKey?: string) =>
      http.json('POST', '/me/tokens', { body, creates: true, idempotencyKey }),
    deleteToken: (id: number) => http.none('DELETE', '/me/tokens/{id}', { path: { id } }),
    notificationSettings: (signal?: AbortSignal) =>
      http.json('GET', '/me/notification-settings', { signal }),
    setNotificationSettings: (body: T.NotificationSettings) =>
      http.json('PUT', '/me/notification-settings', { body }),
  },
  agents: {
    list: (signal?: AbortSignal) => http.json('GET', '/agents', { signal }),
    update: (id: number, body: T.AgentPatch) =>
      http.json('PATCH', '/agents/{id}', { path: { id }, body }),
  },
  invitations: {
    list: (signal?: AbortSignal) => http.json('GET', '/invitations', { signal }),
    create: (body: T.InvitationInput, idempotencyKey?: string) =>
      http.json('POST', '/invitations', { body, creates: true, idempotencyKey }),
    delete: (id: number) => http.none('DELETE', '/invitations/{id}', { path: { id } }),
    byToken: (token: string, signal?: AbortSignal) =>
      http.json('GET', '/invitations/by-token/{token}', { path: { token }, signal }),
    accept: (token: string, body: T.InvitationAcceptance) =>
      http.json('POST', '/invitations/by-token/{token}/accept', { path: { token }, body }),
  },
});
