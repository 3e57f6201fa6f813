import type { Queue, SkillKind } from '@evenkeel/api';
import { t } from '@lingui/core/macro';

export function modeLabel(mode: Queue['mode']): string {
  switch (mode) {
    case 'off':
      return t`People pick`;
    case 'push':
      return t`Are offered`;
    case 'auto':
      return t`Are assigned`;
  }
}

export function strategyLabel(strategy: Queue['strategy']): string {
  switch (strategy) {
    case 'longest_idle':
      return t`Longest without a new ticket`;
    case 'least_loaded':
      return t`Fewest in hand`;
    case 'round_robin':
      return t`In turn`;
  }
}

export function closedLabel(closed: Queue['closed']): string {
  switch (closed) {
    case 'wait':
      return t`They wait`;
    case 'route':
      return t`Go to whoever is available`;
    case 'overflow':
      return t`Go to the other team`;
  }
}

export function kindLabel(kind: SkillKind): string {
  switch (kind) {
    case 'language':
      return t`Language`;
    case 'product':
      return t`Product or subject`;
    case 'certificate':
      return t`Certificate (never done without)`;
    case 'other':
      return t`Something else`;
  }
}
