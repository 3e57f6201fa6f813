import type { ReactNode } from 'react';
import {
  Button,
  Text,
  UNSTABLE_Toast as AriaToast,
  UNSTABLE_ToastContent as ToastContent,
  UNSTABLE_ToastQueue as ToastQueue,
  UNSTABLE_ToastRegion as ToastRegion,
} from 'react-aria-components/Toast';
import { X } from 'lucide-react';
import styles from './Overlay.module.css';

export interface ToastMessage {
  text: ReactNode;
  tone?: 'neutral' | 'good' | 'bad';
  action?: { label: string; onPress: () => void };
  /** Milliseconds until it leaves by itself; at least 5 s, or 0 to stay until closed. */
  timeout?: number;
}

const DEFAULT_MS = 6000;
const queue = new ToastQueue<ToastMessage>({ maxVisibleToasts: 3 });

/** Tells what just happened, at the foot of the screen; answers with a way to take it away. */
export function toast(message: ToastMessage): () => void {
  const stay = message.timeout ?? (message.tone === 'bad' ? 10_000 : DEFAULT_MS);
  const key = queue.add(message, stay === 0 ? undefined : { timeout: Math.max(5000, stay) });
  return () => queue.close(key);
}

/** The place where toasts appear; mounted once. */
export function Toasts({ label, closeLabel }: { label: string; closeLabel: string }) {
  return (
    <ToastRegion queue={queue} className={styles.toasts} aria-label={label}>
      {({ toast: shown }) => (
        <AriaToast toast={shown} className={styles.toast} data-tone={shown.content.tone}>
          <ToastContent className={styles.toastText}>
            <Text slot="title">{shown.content.text}</Text>
          </ToastContent>
          {shown.content.action && (
            <Button
              className={styles.toastButton}
              onPress={() => {
                shown.content.action?.onPress();
                queue.close(shown.key);
              }}
            >
              {shown.content.action.label}
            </Button>
          )}
          <Button slot="close" className={styles.toastClose} aria-label={closeLabel}>
            <X size={16} aria-hidden />
          </Button>
        </AriaToast>
      )}
    </ToastRegion>
  );
}
