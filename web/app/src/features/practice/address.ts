import { useStore } from '../../store';

/** Where the practice mailbox receives; its usual address until the inboxes are known. */
export function useInboxAddress(): string {
  return (
    useStore((state) => state.inboxes).find(({ practice }) => practice)?.address ?? 'support@demo'
  );
}
