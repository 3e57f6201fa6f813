/**
 * Quotes and signatures step back behind a quiet button; nothing of them is lost. The server marks
 * them with `data-fold`. In our own type the button is drawn here; in the sealed frame, where no
 * script runs, the browser's own `details` does the same.
 */
import { Button } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { type ReactNode, useId, useState } from 'react';
import styles from './Message.module.css';

export type FoldKind = 'quote' | 'signature';

/** What a part of a message folds as, if it does. */
export function foldKind(element: Element): FoldKind | undefined {
  const kind = element.localName === 'div' ? element.getAttribute('data-fold') : null;
  return kind === 'quote' || kind === 'signature' ? kind : undefined;
}

function words(kind: FoldKind): { show: string; hide: string } {
  return kind === 'quote'
    ? { show: t`Show quoted text`, hide: t`Hide quoted text` }
    : { show: t`Show signature`, hide: t`Hide signature` };
}

export function Fold({ kind, children }: { kind: FoldKind; children: ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const { show, hide } = words(kind);
  return (
    <div className={styles.fold}>
      <Button
        size="s"
        variant="quiet"
        className={styles.foldButton}
        aria-expanded={isOpen}
        aria-controls={id}
        onPress={() => setOpen(!isOpen)}
      >
        {isOpen ? hide : show}
      </Button>
      <div id={id} className={styles.folded} dir="auto" hidden={!isOpen}>
        {children}
      </div>
    </div>
  );
}

/** The HTML of a sealed frame, with what folds put into closed `details`. */
export function withFolds(html: string): string {
  if (!html.includes('data-fold')) return html;
  const inert = new DOMParser().parseFromString(html, 'text/html');
  for (const part of inert.querySelectorAll('div[data-fold]')) {
    const kind = foldKind(part);
    if (!kind) continue;
    const { show, hide } = words(kind);
    const summary = inert.createElement('summary');
    for (const [name, text] of Object.entries({ show, hide })) {
      const label = inert.createElement('span');
      label.setAttribute('data-when', name);
      label.textContent = text;
      summary.append(label);
    }
    const details = inert.createElement('details');
    details.setAttribute('data-fold', kind);
    details.append(summary);
    while (part.firstChild) details.append(part.firstChild);
    part.replaceWith(details);
  }
  return inert.body.innerHTML;
}

/** How folds look in the frame. The last rule prints what is folded too. */
export const FOLD_STYLE = `
  details[data-fold] { margin: 0.5em 0; }
  details[data-fold] > summary { display: inline-block; padding: 2px 8px; border-radius: 6px;
    background: #efede8; color: #4c565b; font: 13px/1.5 system-ui, sans-serif; cursor: default;
    list-style: none; user-select: none; }
  details[data-fold] > summary::-webkit-details-marker { display: none; }
  details[data-fold] > summary:focus-visible { outline: 2px solid #0c6a68; outline-offset: 2px; }
  details[data-fold][open] > summary { margin-block-end: 0.5em; }
  details[data-fold][open] > summary > [data-when='show'],
  details[data-fold]:not([open]) > summary > [data-when='hide'] { display: none; }
  @media print {
    details[data-fold] > summary { display: none; }
    details[data-fold]::details-content { content-visibility: visible; block-size: auto; }
  }
`;
