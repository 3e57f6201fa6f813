import type { Ref } from 'react';
import {
  Button,
  Input,
  SearchField as AriaSearchField,
  type SearchFieldProps as AriaSearchFieldProps,
} from 'react-aria-components/SearchField';
import { Search, X } from 'lucide-react';
import { classes } from '../classes';
import styles from './Field.module.css';

export interface SearchFieldProps extends Omit<
  AriaSearchFieldProps,
  'className' | 'style' | 'children'
> {
  /** The accessible name; also the placeholder unless one is given. */
  label: string;
  placeholder?: string;
  inputRef?: Ref<HTMLInputElement>;
  className?: string;
}

/** A field to search with, cleared by Escape or its button. */
export function SearchField({
  label,
  placeholder,
  inputRef,
  className,
  ...rest
}: SearchFieldProps) {
  return (
    <AriaSearchField {...rest} aria-label={label} className={classes(styles.search, className)}>
      <Search size={15} className={styles.searchIcon} aria-hidden />
      <Input
        className={styles.input}
        placeholder={placeholder ?? label}
        ref={inputRef}
        dir="auto"
      />
      <Button className={styles.clear}>
        <X size={14} aria-hidden />
      </Button>
    </AriaSearchField>
  );
}
