import { IconButton } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { Menu } from 'lucide-react';
import styles from './Shell.module.css';
import { useShell } from './context';

/** Opens the sidebar where it is hidden: on narrow screens only. */
export function MenuButton() {
  const { openNav } = useShell();
  return (
    <IconButton
      className={styles.menu}
      label={t`Open the menu`}
      icon={<Menu size={18} aria-hidden />}
      onPress={openNav}
    />
  );
}
