/** Waiting for a condition, with an end and a reason. */
import { setTimeout as pause } from 'node:timers/promises';

const PAUSE_MS = 50;

/**
 * Asks again until the answer is neither false nor undefined, and gives it back. Errors count as
 * "not yet"; the last one is told when time runs out.
 */
export async function eventually<Answer>(
  what: string,
  withinMs: number,
  ask: () => Promise<Answer | undefined | false>,
): Promise<Answer> {
  const end = performance.now() + withinMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) {
      throw new Error(`within ${withinMs} ms it did not happen that ${what}`, { cause: last });
    }
    await pause(PAUSE_MS);
  }
}
