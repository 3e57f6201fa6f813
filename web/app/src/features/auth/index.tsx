/** Signing in, and who is signed in. */
export { AcceptInvitation } from './AcceptInvitation';
export { api, onSignedOut } from './client';
export { SessionProvider, useSession, type Session } from './session';
export { SessionGate } from './SessionGate';
export { Setup } from './Setup';
export { SignIn } from './SignIn';
