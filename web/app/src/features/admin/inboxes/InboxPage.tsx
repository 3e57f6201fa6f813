import type { Inbox, InboxCheck, InboxPatch } from '@evenkeel/api';
import {
  Banner,
  Button,
  EmptyState,
  FormSection,
  Page,
  Switch,
  TextField,
  toast,
} from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { SearchX } from 'lucide-react';
import { useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { api } from '../../auth/client';
import { ConfirmDialog } from '../../forms/ConfirmDialog';
import { Form } from '../../forms/Form';
import { Loaded } from '../../forms/Loaded';
import { ProblemBanner } from '../../forms/problems';
import { RichTextField } from '../../forms/RichTextField';
import { useSave } from '../../forms/useSave';
import { LinkButton } from '../../layout/LinkButton';
import { KEYS, useInboxList, useSaveReference } from '../queries';
import { AcknowledgementSection } from './AcknowledgementSection';
import { CheckResult } from './CheckResult';
import { ConnectionState } from './ConnectionState';
import { draftOf, hasServers, serversPatch, toCheck, type InboxDraft } from './draft';
import { HealthFacts, HealthProblem } from './InboxesPage';
import styles from './Inboxes.module.css';
import { SendingSection } from './SendingSection';
import { ServerFields } from './ServerFields';
import { SignInFields } from './SignInFields';
import { TeamSelect } from './TeamSelect';
import { TrustSection } from './TrustSection';
import { WebhookSection } from './WebhookSection';

/** One inbox: its names, its servers, its end. */
export function InboxPage() {
  const { t } = useLingui();
  const { id } = useParams();
  const inboxes = useInboxList();
  return (
    <Loaded query={inboxes}>
      {({ items }) => {
        const inbox = items.find((each) => String(each.id) === id);
        if (inbox) return <InboxSettings key={inbox.version} inbox={inbox} />;
        return (
          <EmptyState
            icon={<SearchX size={22} />}
            title={t`This inbox doesn’t exist any more`}
            action={
              <LinkButton to="/app/admin/inboxes">
                <Trans>All inboxes</Trans>
              </LinkButton>
            }
          />
        );
      }}
    </Loaded>
  );
}

function InboxSettings({ inbox }: { inbox: Inbox }) {
  return (
    <Page
      title={<bdi>{inbox.name}</bdi>}
      description={
        <span className={styles.facts}>
          <bdi>{inbox.address}</bdi>
          <HealthFacts inbox={inbox} />
        </span>
      }
    >
      <HealthProblem inbox={inbox} />
      <NamesSection inbox={inbox} />
      {inbox.practice ? <PracticeNote /> : <ServersSection inbox={inbox} />}
      {!inbox.practice && <WebhookSection inbox={inbox} />}
      <AcknowledgementSection inbox={inbox} />
      {!inbox.practice && <SendingSection inbox={inbox} />}
      {!inbox.practice && <TrustSection inbox={inbox} />}
      <EndSection inbox={inbox} />
    </Page>
  );
}

function useSaveInbox(inbox: Inbox) {
  const { t } = useLingui();
  return useSaveReference((patch: InboxPatch) => api.inboxes.update(inbox.id, patch), {
    refreshes: [KEYS.inboxes],
    onSaved: () => void toast({ text: t`Saved`, tone: 'good' }),
  });
}

function NamesSection({ inbox }: { inbox: Inbox }) {
  const { t } = useLingui();
  const [name, setName] = useState(inbox.name);
  const [senderName, setSenderName] = useState(inbox.sender_name);
  const [teamId, setTeamId] = useState(inbox.team_id);
  const [signature, setSignature] = useState(inbox.signature_html);
  const saving = useSaveInbox(inbox);
  const submit = () =>
    saving.save({
      version: inbox.version,
      name: name.trim(),
      sender_name: senderName.trim(),
      team_id: teamId,
      signature_html: signature,
    });
  return (
    <FormSection
      title={t`Names`}
      description={<Trans>How it looks to customers and to you.</Trans>}
    >
      <Form onSubmit={submit}>
        <ProblemBanner error={saving.error} fields={['name', 'sender_name', 'signature_html']} />
        <TextField
          label={t`Name of the inbox`}
          value={name}
          onChange={setName}
          errorMessage={saving.words('name')}
          isRequired
        />
        <TextField
          label={t`Name of the sender`}
          description={t`What customers see before the address.`}
          value={senderName}
          onChange={setSenderName}
          errorMessage={saving.words('sender_name')}
        />
        <TeamSelect value={teamId} onChange={setTeamId} />
        <RichTextField
          label={t`Signature of the inbox`}
          description={t`Stands below the agent’s own signature: address, legal lines.`}
          value={signature}
          onChange={setSignature}
          errorMessage={saving.words('signature_html')}
        />
        <div>
          <Button type="submit" isPending={saving.isSaving} isDisabled={name.trim() === ''}>
            <Trans>Save names</Trans>
          </Button>
        </div>
      </Form>
    </FormSection>
  );
}

function ServersSection({ inbox }: { inbox: Inbox }) {
  const { t } = useLingui();
  const [draft, setDraft] = useState<InboxDraft>(() => draftOf(inbox));
  const [check, setCheck] = useState<InboxCheck | null>(null);
  const change = (part: Partial<InboxDraft>) => setDraft((before) => ({ ...before, ...part }));
  const saving = useSaveInbox(inbox);
  const checking = useSave(() => api.inboxes.check(toCheck(draft, inbox.id)), {
    onSaved: setCheck,
  });
  const error = saving.error ?? checking.error;
  return (
    <FormSection
      title={t`Mail host`}
      description={<Trans>Where its mail lives and how we sign in there.</Trans>}
    >
      <Form onSubmit={() => saving.save(serversPatch(draft, inbox.version))}>
        <ProblemBanner error={error} />
        {draft.connectionId === null ? (
          <SignInFields draft={draft} onChange={change} isSaved />
        ) : (
          <ConnectionState id={draft.connectionId} />
        )}
        <ServerFields
          protocol="imap"
          server={draft.imap}
          onChange={(server) => change({ imap: { ...draft.imap, ...server } })}
          words={saving.words}
        />
        <ServerFields
          protocol="smtp"
          server={draft.smtp}
          onChange={(server) => change({ smtp: { ...draft.smtp, ...server } })}
          words={saving.words}
        />
        <CheckResult check={check} isBusy={checking.isSaving} />
        <div className={styles.buttons}>
          <Button type="submit" isPending={saving.isSaving} isDisabled={!hasServers(draft)}>
            <Trans>Save mail host</Trans>
          </Button>
          <Button
            onPress={() => checking.save(undefined)}
            isDisabled={!hasServers(draft) || checking.isSaving}
          >
            <Trans>Check the connection</Trans>
          </Button>
        </div>
      </Form>
    </FormSection>
  );
}

function PracticeNote() {
  const { t } = useLingui();
  return (
    <FormSection title={t`Mail host`}>
      <Banner
        title={t`This is the practice mailbox`}
        action={
          <LinkButton to="/app/practice" size="s">
            <Trans>Open it</Trans>
          </LinkButton>
        }
      >
        <Trans>It lives inside Evenkeel. Nothing sent from it reaches a real customer.</Trans>
      </Banner>
    </FormSection>
  );
}

function EndSection({ inbox }: { inbox: Inbox }) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const [isAsking, setAsking] = useState(false);
  const saving = useSaveInbox(inbox);
  const removal = useSaveReference((id: number) => api.inboxes.delete(id), {
    refreshes: [KEYS.inboxes],
    onSaved: () => navigate('/app/admin/inboxes'),
  });
  return (
    <FormSection title={t`On and off`}>
      <ProblemBanner error={saving.error} />
      <Switch
        isSelected={inbox.enabled}
        isDisabled={saving.isSaving}
        onChange={(enabled) => saving.save({ version: inbox.version, enabled })}
        detail={t`Off, no mail comes in or goes out. Mail waits at your mail host.`}
      >
        <Trans>This inbox is on</Trans>
      </Switch>
      <div>
        <Button onPress={() => setAsking(true)}>
          <Trans>Delete inbox</Trans>
        </Button>
      </div>
      {isAsking && (
        <ConfirmDialog
          title={t`Delete “${inbox.name}”?`}
          action={t`Delete inbox`}
          isBusy={removal.isSaving}
          error={removal.error}
          onConfirm={() => removal.save(inbox.id)}
          onClose={() => setAsking(false)}
        >
          <Trans>
            No more mail comes in through it. Its tickets stay, and your mailbox itself isn’t
            touched.
          </Trans>
        </ConfirmDialog>
      )}
    </FormSection>
  );
}
