import { Dialog, Kbd } from '@evenkeel/kit';
import { i18n } from '@lingui/core';
import { t } from '@lingui/core/macro';
import { CATALOGUE, type ActionGroup } from '../actions/catalogue';
import { useSession } from '../session';
import styles from './Shell.module.css';

const GROUPS: readonly ActionGroup[] = ['move', 'write', 'ticket', 'go'];

function groupTitle(group: ActionGroup): string {
  switch (group) {
    case 'move':
      return t`Moving around`;
    case 'write':
      return t`Writing`;
    case 'ticket':
      return t`The open ticket`;
    case 'go':
      return t`Anywhere`;
  }
}

/** Every shortcut there is. */
export default function ShortcutHelp({
  onOpenChange,
}: {
  onOpenChange: (isOpen: boolean) => void;
}) {
  const { shortcuts } = useSession().me.preferences;
  return (
    <Dialog
      isOpen
      onOpenChange={onOpenChange}
      size="l"
      title={t`Keyboard shortcuts`}
      closeLabel={t`Close`}
    >
      <div className={styles.help} tabIndex={0}>
        {GROUPS.map((group) => (
          <section key={group}>
            <h3 className={styles.helpTitle}>{groupTitle(group)}</h3>
            <dl>
              {CATALOGUE.filter((action) => action.group === group && action.keys).map((action) => (
                <div key={action.id} className={styles.helpRow}>
                  <dt>{i18n._(action.label)}</dt>
                  <dd>
                    <Kbd keys={action.keys?.[0] ?? ''} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <p className={styles.helpNote}>
        {shortcuts
          ? t`Single keys can be switched off in your settings.`
          : t`Single keys are switched off in your settings; those with Ctrl or ⌘ still work.`}
      </p>
    </Dialog>
  );
}
