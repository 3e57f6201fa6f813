import { classes } from '@evenkeel/kit';
import { Suspense, type ReactNode } from 'react';
import { NavLink } from 'react-router';
import { Waiting } from './Waiting';
import styles from './Sections.module.css';

export type SectionLink = { to: string; label: ReactNode; count?: number | undefined };
export type SectionGroup = { id: string; title?: ReactNode; links: readonly SectionLink[] };

/** A group of pages with their names beside them (above them on a phone). */
export function Sections({
  label,
  groups,
  children,
}: {
  label: string;
  groups: readonly SectionGroup[];
  children: ReactNode;
}) {
  return (
    <div className={styles.sections}>
      <nav className={styles.nav} aria-label={label}>
        {groups.map((group) => (
          <div key={group.id} className={styles.group}>
            {group.title && <p className={styles.groupTitle}>{group.title}</p>}
            {group.links.map((link) => (
              <NavLink
                key={link.to}
                to={link.to}
                className={({ isActive }) => classes(styles.link, isActive && styles.active)}
              >
                {link.label}
                {link.count ? <span className={styles.count}>{link.count}</span> : null}
              </NavLink>
            ))}
          </div>
        ))}
      </nav>
      <div className={styles.page}>
        <Suspense fallback={<Waiting />}>{children}</Suspense>
      </div>
    </div>
  );
}
