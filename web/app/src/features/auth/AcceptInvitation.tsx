import { isProblem, type InvitationPreview } from '@evenkeel/api';
import { Button, Skeleton, TextField } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { Form } from '../forms/Form';
import { LoadProblem, ProblemBanner } from '../forms/problems';
import { useSave } from '../forms/useSave';
import { useRoleWords } from '../../lib/roles';
import { AuthPage } from './AuthPage';
import styles from './AuthPage.module.css';
import { api } from './client';
import { PASSWORD_CHARACTERS_MIN, PasswordField } from './PasswordField';
import { useSessionControl } from './session';

/** Where the link of an invitation leads. */
export function AcceptInvitation() {
  const { t } = useLingui();
  const { token = '' } = useParams();
  const invitation = useQuery({
    queryKey: ['invitation', token],
    queryFn: ({ signal }) => api.invitations.byToken(token, signal),
    retry: false,
  });
  if (invitation.data) return <AcceptForm token={token} invitation={invitation.data} />;
  if (isProblem(invitation.error) && invitation.error.status === 404) {
    return (
      <AuthPage
        title={t`This link doesn’t work any more`}
        lead={
          <Trans>
            Invitations can be used once and run out after a while. Ask the person who invited you
            for a new one.
          </Trans>
        }
      />
    );
  }
  return (
    <AuthPage title={t`Your invitation`}>
      {invitation.isPending ? (
        <Skeleton label={t`Loading your invitation`} />
      ) : (
        <LoadProblem error={invitation.error} onRetry={() => void invitation.refetch()} />
      )}
    </AuthPage>
  );
}

function AcceptForm({ token, invitation }: { token: string; invitation: InvitationPreview }) {
  const { t } = useLingui();
  const { enter } = useSessionControl();
  const navigate = useNavigate();
  const roleWords = useRoleWords();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const accept = useSave(
    (input: { name: string; password: string }) => api.invitations.accept(token, input),
    {
      onSaved: async (me) => {
        await enter(me);
        await navigate('/app', { replace: true });
      },
    },
  );
  const workspace = invitation.workspace_name;
  const isComplete = name.trim() !== '' && [...password].length >= PASSWORD_CHARACTERS_MIN;
  return (
    <AuthPage title={t`Join ${workspace}`} lead={roleWords[invitation.role].welcome}>
      <Form label={t`Accept the invitation`} onSubmit={() => accept.save({ name, password })}>
        <ProblemBanner error={accept.error} fields={['name', 'password']} />
        <TextField label={t`Email`} value={invitation.email} autoComplete="username" isReadOnly />
        <TextField
          label={t`Your name`}
          description={t`Customers see it under your answers.`}
          autoComplete="name"
          value={name}
          onChange={setName}
          errorMessage={accept.words('name')}
          autoFocus
          isRequired
        />
        <PasswordField
          label={t`Password`}
          value={password}
          onChange={setPassword}
          errorMessage={accept.words('password')}
          purpose="new"
        />
        <Button
          type="submit"
          variant="primary"
          className={styles.wide}
          isPending={accept.isSaving}
          isDisabled={!isComplete}
        >
          <Trans>Join the team</Trans>
        </Button>
      </Form>
    </AuthPage>
  );
}
