import type { MessageItem } from '@evenkeel/api';
import { Badge } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { Forward, ShieldAlert, ShieldCheck, ShieldQuestionMark } from 'lucide-react';

type Sender = NonNullable<MessageItem['sender']>;

/** Whether a mail comes from whom it says, and why. Nothing for what nobody examines. */
export function SenderBadge({ message }: { message: MessageItem }) {
  const { sender } = message;
  if (!sender) return null;
  const words = reason(sender);
  return (
    <>
      {words && (
        <Badge tone={tone(sender)} icon={mark(sender)}>
          <bdi>{words}</bdi>
        </Badge>
      )}
      {sender.misleading_name && (
        <Badge tone="warn" icon={<ShieldAlert size={12} aria-hidden />}>
          {t`The name shows somebody else's address`}
        </Badge>
      )}
    </>
  );
}

/** The reason in plain words; empty when there is nothing to say. */
export function reason({ reason: why, domain }: Sender): string {
  switch (why) {
    case 'signed':
      return t`Verified: signed by ${domain}`;
    case 'sent_by_server':
      return t`Verified: sent by a server of ${domain}`;
    case 'vouched_for':
      return t`Forwarded, checked by ${domain}`;
    case 'distrusted':
      return t`Not verified: ${domain} asks receivers to distrust this mail`;
    case 'altered':
      return t`Not verified: changed after ${domain} signed it`;
    case 'unsigned':
      return t`Not verified: nothing shows that ${domain} sent it`;
    case 'ambiguous_sender':
      return t`Not verified: it isn't clear who sent it`;
    case 'named_by_program':
      return domain
        ? t`Sent by a program of ${domain}; the address is not verified`
        : t`Sent by a program; the address is not verified`;
    case 'unreachable':
      return t`Couldn't be checked: ${domain} can't be reached`;
    case 'not_examined':
      return '';
  }
}

function tone({ standing }: Sender): 'good' | 'bad' | 'neutral' {
  if (standing === 'verified' || standing === 'forwarded') return 'good';
  return standing === 'doubted' ? 'bad' : 'neutral';
}

function mark({ standing }: Sender) {
  switch (standing) {
    case 'verified':
      return <ShieldCheck size={12} aria-hidden />;
    case 'forwarded':
      return <Forward size={12} aria-hidden />;
    case 'doubted':
      return <ShieldAlert size={12} aria-hidden />;
    case 'unproven':
    case 'unchecked':
      return <ShieldQuestionMark size={12} aria-hidden />;
  }
}
