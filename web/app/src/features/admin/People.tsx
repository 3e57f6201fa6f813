import type { Agent } from '@evenkeel/api';
import { Avatar, Checkbox, SearchField } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { useFormat } from '../../i18n';
import { Choices } from '../forms/Choices';
import styles from './Admin.module.css';

/** From this many people on, finding one by eye takes longer than typing. */
const SEARCH_FROM = 9;
/** Faces shown before the rest becomes a number. */
const FACES_MAX = 5;

type PeopleChoiceProps = {
  label: string;
  people: readonly Agent[];
  chosen: readonly number[];
  onChange: (ids: number[]) => void;
};

/** Several people out of all. */
export function PeopleChoice({ label, people, chosen, onChange }: PeopleChoiceProps) {
  const { t } = useLingui();
  const [search, setSearch] = useState('');
  const wanted = search.trim().toLocaleLowerCase();
  const shown = people.filter(({ name, email }) =>
    `${name} ${email}`.toLocaleLowerCase().includes(wanted),
  );
  return (
    <Choices label={label}>
      {people.length >= SEARCH_FROM && (
        <SearchField label={t`Find a person`} value={search} onChange={setSearch} />
      )}
      <div className={styles.people}>
        {shown.map((person) => (
          <Checkbox
            key={person.id}
            isSelected={chosen.includes(person.id)}
            onChange={(on) =>
              onChange(on ? [...chosen, person.id] : chosen.filter((id) => id !== person.id))
            }
            detail={<bdi>{person.email}</bdi>}
          >
            <bdi>{person.name}</bdi>
          </Checkbox>
        ))}
        {shown.length === 0 && (
          <p className={styles.detail}>
            <Trans>Nobody of that name.</Trans>
          </p>
        )}
      </div>
    </Choices>
  );
}

/** A few faces and how many more there are. */
export function Faces({ people }: { people: readonly Agent[] }) {
  const format = useFormat();
  if (people.length === 0) {
    return (
      <span className={styles.detail}>
        <Trans>Nobody yet</Trans>
      </span>
    );
  }
  const more = people.length - FACES_MAX;
  return (
    <span className={styles.faces}>
      <span className={styles.hidden}>{format.list(people.map(({ name }) => name))}</span>
      {people.slice(0, FACES_MAX).map(({ id, name }) => (
        <Avatar key={id} name={name} size={26} />
      ))}
      {more > 0 && (
        <span aria-hidden className={styles.detail}>
          +{format.number(more)}
        </span>
      )}
    </span>
  );
}
