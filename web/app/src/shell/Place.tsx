import { Suspense, type ReactNode } from 'react';
import { Outlet } from 'react-router';
import { MenuButton } from './MenuButton';
import styles from './Shell.module.css';

/** A screen apart from the tickets; on narrow screens a bar leads back to them. */
export function Place({ name, waiting }: { name: string; waiting: ReactNode }) {
  return (
    <div className={styles.place}>
      <header className={styles.bar}>
        <MenuButton />
        <span className={styles.brandName}>{name}</span>
      </header>
      <div className={styles.screen}>
        <Suspense fallback={waiting}>
          <Outlet />
        </Suspense>
      </div>
    </div>
  );
}
