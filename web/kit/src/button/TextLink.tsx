import { Link, type LinkProps } from 'react-aria-components/Link';
import { classes } from '../classes';
import styles from './Button.module.css';

/** A link in running text; routes inside the app go through the router. */
export function TextLink({
  className,
  ...rest
}: Omit<LinkProps, 'className'> & { className?: string }) {
  return <Link {...rest} className={classes(styles.link, className)} />;
}
