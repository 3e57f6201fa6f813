/** The board's numbers in plain words. */
import type { ServiceLevel } from '@evenkeel/api';
import { t } from '@lingui/core/macro';
import type { Format } from '../../i18n';

/** "92% (between 81% and 97%)", or that it is too early to say: never a share without its interval. */
export function levelWords({ share, low, high }: ServiceLevel, format: Format): string {
  if (typeof share !== 'number' || typeof low !== 'number' || typeof high !== 'number') {
    return t`Too few to say`;
  }
  const said = format.percent(share);
  const from = format.percent(low);
  const to = format.percent(high);
  return t`${said} (between ${from} and ${to})`;
}

/** What lies behind it, as a fraction. */
export function ofWords({ in_time: inTime, late }: ServiceLevel, format: Format): string {
  const hits = format.number(inTime.count);
  const all = format.number(inTime.count + late.count);
  return t`${hits} of ${all}`;
}
