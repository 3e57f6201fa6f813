import type { LiveRecord } from '@evenkeel/api';
import { useSyncExternalStore } from 'react';
import { EMPTY, type State } from './state';

let state: State = EMPTY;
const listeners = new Set<() => void>();
const recordListeners = new Set<(record: LiveRecord) => void>();

export const getState = (): State => state;

/** The only way the state changes. */
export function update(transition: (now: State) => State): void {
  const next = transition(state);
  if (next === state) return;
  state = next;
  listeners.forEach((listener) => listener());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** A part of the state; draws anew when that part changes. Select, don't build. */
export function useStore<Part>(select: (state: State) => Part): Part {
  return useSyncExternalStore(subscribe, () => select(state));
}

/** Hears every live record after the store took it. */
export function onLiveRecord(listener: (record: LiveRecord) => void): () => void {
  recordListeners.add(listener);
  return () => recordListeners.delete(listener);
}

export function tellRecord(record: LiveRecord): void {
  recordListeners.forEach((listener) => listener(record));
}
