export { api } from '../features/auth/client';
export { useSession, type Session } from '../features/auth/session';
