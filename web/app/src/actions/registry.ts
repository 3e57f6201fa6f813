import { useEffect, useSyncExternalStore } from 'react';
import { CATALOGUE, type ActionId } from './catalogue';
import { isOverlay, isTyping, keyName } from './keys';

export interface Binding {
  run: () => void;
  /** Whether it can be done now; always, if absent. */
  when?: () => boolean;
}
export type Bindings = Partial<Record<ActionId, Binding | (() => void) | undefined>>;

/** Later bindings hide earlier ones of the same action. */
let bound: readonly { current: Bindings }[] = [];
const listeners = new Set<() => void>();

function setBound(next: typeof bound): void {
  bound = next;
  listeners.forEach((listener) => listener());
}

function find(id: ActionId): Binding | undefined {
  for (const { current } of bound.toReversed()) {
    const binding = current[id];
    if (binding) return typeof binding === 'function' ? { run: binding } : binding;
  }
  return undefined;
}

/** Whether an action can be done now. */
export function canRun(id: ActionId): boolean {
  const binding = find(id);
  return binding !== undefined && (binding.when?.() ?? true);
}

/** Does an action if it can be done now; answers whether it did. */
export function runAction(id: ActionId): boolean {
  if (!canRun(id)) return false;
  find(id)?.run();
  return true;
}

/** Binds what actions do while a component is on screen. */
export function useActions(bindings: Bindings): void {
  useEffect(() => {
    const holder = { current: bindings };
    setBound([...bound, holder]);
    return () => setBound(bound.filter((each) => each !== holder));
  }, [bindings]);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The actions that can be done now, for the palette and the help. */
export function useAvailableActions() {
  useSyncExternalStore(subscribe, () => bound);
  return CATALOGUE.filter((action) => canRun(action.id));
}

/** The action a key press asks for, given what is switched on and where the focus is. */
export function actionFor(event: KeyboardEvent, singleKeys: boolean): ActionId | null {
  const name = keyName(event);
  const action = CATALOGUE.find((each) => each.keys?.some((key) => key === name));
  if (!action || name === null) return null;
  // Where somebody types, this chooses the text.
  if (name === 'mod+a' && isTyping(event.target)) return null;
  // A window or menu over the screen has the keyboard: what lies below must not act on it.
  if (isOverlay(event.target)) return null;
  if (!name.startsWith('mod+') && (!singleKeys || isTyping(event.target))) return null;
  return action.id;
}

/** Held down, these go on moving. */
const REPEATABLE = new Set(['j', 'k', 'J', 'K']);
const NATIVE_ENTER = 'a[href],button,summary,[role=button],[role=tab],[role=option]';

/** Listens for keys for the whole window. Keys with a modifier work even with shortcuts off. */
export function useShortcuts(singleKeys: boolean): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const withModifier = event.ctrlKey || event.metaKey;
      // The editor claims every Enter, also the one that sends.
      if (event.isComposing || (event.defaultPrevented && !withModifier)) return;
      if (event.repeat && !REPEATABLE.has(event.key)) return;
      const { target } = event;
      const presses = event.key === 'Enter' && !withModifier;
      if (presses && target instanceof Element && target.closest(NATIVE_ENTER)) return;
      const id = actionFor(event, singleKeys);
      if (id && runAction(id)) event.preventDefault();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [singleKeys]);
}
