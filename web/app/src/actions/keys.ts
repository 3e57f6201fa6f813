/** From a key press to the name a catalogue key has. */
export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey?: boolean;
}

/** `j`, `?`, `shift+a`, `mod+k` … or null for a press that is nobody's shortcut. */
export function keyName(press: KeyPress): string | null {
  if (press.altKey) return null;
  const key = press.key.toLowerCase();
  if (press.ctrlKey || press.metaKey) return `mod+${key}`;
  // Signs such as ? need Shift on most keyboards; letters with it are keys of their own.
  return press.shiftKey && /^[a-z]$/.test(key) ? `shift+${key}` : key;
}

/** Whether somebody is typing there, so that plain letters are letters. */
export function isTyping(target: EventTarget | null): boolean {
  if (typeof HTMLElement === 'undefined' || !(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName);
}

/** Whether an open window, menu or list has the keys for itself. */
export function isOverlay(target: EventTarget | null): boolean {
  return (
    typeof Element !== 'undefined' &&
    target instanceof Element &&
    target.closest('[role=dialog],[role=alertdialog],[role=menu],[role=listbox]') !== null
  );
}
