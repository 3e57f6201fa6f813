import type { MessageItem } from '@evenkeel/api';
import { Button } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { ImageOff } from 'lucide-react';
import { useMemo, useState } from 'react';
import { MailFrame } from './MailFrame';
import { drawParts, isSimple, parse } from './richText';
import { Fold, withFolds } from './richTextFold';
import styles from './Message.module.css';

/** What a message says: simple text in our own type, designed mail in a sealed frame. */
export function Body({ message }: { message: MessageItem }) {
  const [showsImages, setShowsImages] = useState(false);
  const body = useMemo(() => parse(message.html), [message.html]);
  const isFramed = message.has_remote_images || !isSimple(body);
  const isBlank = !isFramed && body.textContent?.trim() === '' && !body.querySelector('img');
  if (isBlank && message.text.trim() !== '') {
    return (
      <p className={styles.text} dir="auto" data-plain>
        {message.text}
      </p>
    );
  }
  if (isBlank) return <p className={styles.nothing}>{t`This message has no text.`}</p>;
  if (!isFramed) return <Simple body={body} />;
  return (
    <>
      {message.has_remote_images && !showsImages && (
        <div className={styles.images}>
          <ImageOff size={15} aria-hidden />
          <span>{t`Images from elsewhere are blocked: they can tell the sender that you read this.`}</span>
          <Button size="s" variant="quiet" onPress={() => setShowsImages(true)}>
            {t`Show images`}
          </Button>
        </div>
      )}
      <MailFrame
        html={withFolds(message.html)}
        showsImages={showsImages}
        title={t`Mail from ${message.author.name}`}
      />
    </>
  );
}

function Simple({ body }: { body: HTMLElement }) {
  const { written, quoted } = drawParts(body);
  return (
    <div className={styles.text}>
      {written}
      {quoted.length > 0 && <Fold kind="quote">{quoted}</Fold>}
    </div>
  );
}
