import type { NotificationRoutes, NotificationSettings, QuietHours } from '@evenkeel/api';
import { Banner, Button, Checkbox, FormSection, Page, Switch, TextField } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useQueryClient } from '@tanstack/react-query';
import { api } from '../auth/client';
import { Row } from '../forms/Form';
import { Loaded } from '../forms/Loaded';
import { ProblemBanner } from '../forms/problems';
import { useSave } from '../forms/useSave';
import { askPermission, useBrowserPermission } from '../notifications/permission';
import { NOTIFICATION_SETTINGS, useNotificationSettings } from '../notifications/queries';
import styles from './Settings.module.css';

/** Which news reaches a person, on which way, and when it stays quiet. */
export function NotificationsPage() {
  const { t } = useLingui();
  const queries = useQueryClient();
  const settings = useNotificationSettings();
  const saving = useSave((input: NotificationSettings) => api.me.setNotificationSettings(input), {
    refreshes: [NOTIFICATION_SETTINGS],
  });
  // A box shows its tick at once; a refused change is taken back by the refetch.
  const change = (input: NotificationSettings) => {
    queries.setQueryData(NOTIFICATION_SETTINGS, input);
    saving.save(input);
  };
  return (
    <Page
      title={t`Notifications`}
      description={<Trans>Only what concerns you. Everything else waits in the lists.</Trans>}
    >
      <Loaded query={settings}>
        {(loaded) => (
          <>
            <ProblemBanner error={saving.error} />
            <KindsSection settings={loaded} onChange={change} />
            <QuietSection settings={loaded} onChange={change} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

type SectionProps = {
  settings: NotificationSettings;
  onChange: (settings: NotificationSettings) => void;
};
type Way = keyof NotificationRoutes;
type Kind = keyof NotificationSettings['kinds'];

function KindsSection({ settings, onChange }: SectionProps) {
  const { t } = useLingui();
  const kinds: { id: Kind; label: string }[] = [
    { id: 'assigned', label: t`A ticket is assigned to me` },
    { id: 'mentioned', label: t`Somebody mentions me in a note` },
    { id: 'customer_replied', label: t`A customer answers on my ticket` },
    { id: 'delivery_failed', label: t`A reply of mine couldn’t be delivered` },
    { id: 'watched', label: t`Something happens on a ticket I watch` },
    { id: 'promise_due', label: t`A promise is due` },
    { id: 'standing_in', label: t`Something comes for a colleague I stand in for` },
    { id: 'side_answered', label: t`Somebody writes in a side conversation` },
    { id: 'escalated', label: t`A ticket is escalated to me, or comes back` },
    { id: 'task', label: t`A task is mine or due` },
    { id: 'handed_over', label: t`A colleague hands work over to me` },
  ];
  const ways: { id: Way; label: string }[] = [
    { id: 'app', label: t`In the app` },
    { id: 'browser', label: t`On the desktop` },
    { id: 'mail', label: t`By mail` },
  ];
  const set = (kind: Kind, way: Way, on: boolean) => {
    const routes = { ...settings.kinds[kind], [way]: on };
    onChange({ ...settings, kinds: { ...settings.kinds, [kind]: routes } });
    if (way === 'browser' && on) void askPermission();
  };
  return (
    <FormSection title={t`Tell me when`}>
      <BrowserPermission settings={settings} />
      <table className={styles.matrix}>
        <thead>
          <tr>
            <th scope="col">
              <span className={styles.hidden}>{t`What happens`}</span>
            </th>
            {ways.map((way) => (
              <th key={way.id} scope="col">
                {way.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {kinds.map((kind) => (
            <tr key={kind.id}>
              <th scope="row">{kind.label}</th>
              {ways.map((way) => (
                <td key={way.id}>
                  <Checkbox
                    aria-label={`${kind.label}: ${way.label}`}
                    isSelected={settings.kinds[kind.id][way.id]}
                    onChange={(on) => set(kind.id, way.id, on)}
                  >
                    {null}
                  </Checkbox>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </FormSection>
  );
}

function BrowserPermission({ settings }: { settings: NotificationSettings }) {
  const { t } = useLingui();
  const [permission, ask] = useBrowserPermission();
  const wanted = Object.values(settings.kinds).some(({ browser }) => browser);
  if (!wanted || permission === 'granted') return null;
  if (permission === 'default') {
    return (
      <Banner
        title={t`Your browser hasn’t been asked yet`}
        action={
          <Button size="s" onPress={() => void ask()}>
            <Trans>Allow</Trans>
          </Button>
        }
      >
        <Trans>Desktop notifications need its permission, once on each device.</Trans>
      </Banner>
    );
  }
  return (
    <Banner tone="warn" title={t`This browser doesn’t show notifications`}>
      {permission === 'denied' ? (
        <Trans>Allow them for this page in the browser’s settings, beside the address.</Trans>
      ) : (
        <Trans>It needs a secure address (https) to do so.</Trans>
      )}
    </Banner>
  );
}

function QuietSection({ settings, onChange }: SectionProps) {
  const { t } = useLingui();
  const quiet = settings.quiet_hours;
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const set = (change: Partial<QuietHours>) =>
    onChange({ ...settings, quiet_hours: { ...quiet, ...change } });
  return (
    <FormSection
      title={t`Quiet hours`}
      description={
        <Trans>Nothing pops up and no mail is sent. The app still keeps it all for you.</Trans>
      }
    >
      <Switch isSelected={quiet.enabled} onChange={(on) => set({ enabled: on, time_zone: here })}>
        <Trans>Keep quiet every day</Trans>
      </Switch>
      {quiet.enabled && (
        <>
          <Row>
            <TimeField label={t`Begins`} value={quiet.from} onChange={(from) => set({ from })} />
            <TimeField label={t`Ends`} value={quiet.to} onChange={(to) => set({ to })} />
          </Row>
          <p className={styles.detail}>
            <Trans>
              Times in <bdi>{quiet.time_zone}</bdi>.
            </Trans>{' '}
            {quiet.time_zone !== here && (
              <Button size="s" onPress={() => set({ time_zone: here })}>
                <Trans>
                  Use <bdi>{here}</bdi>
                </Trans>
              </Button>
            )}
          </p>
        </>
      )}
    </FormSection>
  );
}

type TimeFieldProps = { label: string; value: string; onChange: (value: string) => void };

/** A half-typed time is empty in the browser's eyes and isn't sent. */
function TimeField({ label, value, onChange }: TimeFieldProps) {
  return (
    <TextField
      label={label}
      type={'time' as 'text'}
      className={styles.time}
      defaultValue={value}
      onChange={(typed) => typed && onChange(typed)}
    />
  );
}
