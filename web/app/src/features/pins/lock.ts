/**
 * Leaves the screen to the next person. The page starts anew afterwards, so that nothing of the
 * person before (tickets, answers, drafts) is left in it.
 */
import { api } from '../auth/client';
import { saveDrafts } from '../workspace/composer/drafts';
import { startAnew, tellTabs } from './tabs';

/** Saves what is being written, locks, and starts anew; false when the server would not. */
export async function lockScreen(): Promise<boolean> {
  if (!(await saveDrafts())) return false;
  try {
    await api.session.lock();
  } catch {
    return false;
  }
  tellTabs();
  startAnew();
  return true;
}
