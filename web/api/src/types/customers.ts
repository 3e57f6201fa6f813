import type { Time } from './common';

export type CustomerRow = { id: number; name: string; email: string | null };
export type Identity = { id: number; kind: 'email' | 'phone'; value: string; verified: boolean };
export type Customer = {
  id: number;
  name: string;
  identities: Identity[];
  note: string;
  language: string | null;
  created_at: Time;
  version: number;
  ticket_count: number;
};
export type CustomerPatch = {
  version: number;
  name?: string;
  note?: string;
  language?: string | null;
};
