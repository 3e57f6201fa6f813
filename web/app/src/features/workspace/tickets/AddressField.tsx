import type { Address, CustomerRow } from '@evenkeel/api';
import { classes, IconButton } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { X } from 'lucide-react';
import { useEffect, useState, type KeyboardEvent } from 'react';
import {
  ComboBox,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
} from 'react-aria-components/ComboBox';
import { api } from '../../../session';
import { joinAddresses, readAddresses } from '../composer/rules';
import styles from './Tickets.module.css';

interface AddressFieldProps {
  label: string;
  value: readonly Address[];
  onChange: (value: Address[]) => void;
  /** Only one person fits. */
  single?: boolean;
  errorMessage?: string;
  autoFocus?: boolean;
  className?: string;
}

const TYPING_MS = 200;

function useCustomers(text: string): readonly CustomerRow[] {
  const [found, setFound] = useState<{ q: string; items: readonly CustomerRow[] }>({
    q: '',
    items: [],
  });
  const q = text.trim();
  useEffect(() => {
    if (q.length < 2) return;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      api.customers.list({ q, limit: 6 }, stop.signal).then(
        (page) => setFound({ q, items: page.items }),
        () => undefined,
      );
    }, TYPING_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [q]);
  return found.q === q ? found.items : [];
}

/** Mail addresses, typed, pasted or chosen among the customers we know. */
export function AddressField(props: AddressFieldProps) {
  const { value, onChange, single } = props;
  const [text, setText] = useState('');
  const customers = useCustomers(text).filter((customer) => customer.email !== null);
  const isFull = single && value.length > 0;

  const add = (more: readonly Address[]) => {
    const joined = joinAddresses(value, more);
    onChange(single ? joined.slice(-1) : joined);
  };
  const takeText = (): boolean => {
    const { addresses, rest } = readAddresses(text);
    if (addresses.length === 0) return false;
    add(addresses);
    setText(rest);
    return true;
  };
  const press = (event: KeyboardEvent) => {
    if ([',', ';'].includes(event.key) && takeText()) event.preventDefault();
    if (event.key === 'Enter' && text.trim() !== '' && takeText()) event.preventDefault();
    if (event.key === 'Backspace' && text === '') onChange(value.slice(0, -1));
  };
  const choose = (key: unknown) => {
    const customer = customers.find(({ id }) => id === Number(key));
    if (!customer?.email) return;
    add([{ email: customer.email, name: customer.name || undefined }]);
    setText('');
  };
  return (
    <ComboBox
      className={classes(styles.addresses, props.className)}
      allowsCustomValue
      menuTrigger="input"
      inputValue={text}
      onInputChange={setText}
      value={null}
      onChange={choose}
      items={customers}
      isInvalid={Boolean(props.errorMessage)}
      onBlur={takeText}
    >
      <Label className={styles.addressLabel}>{props.label}</Label>
      <div className={styles.addressBox}>
        {value.map((address) => (
          <span key={address.email} className={styles.address} title={address.email}>
            <span dir="auto">{address.name || address.email}</span>
            <IconButton
              size="s"
              className={styles.addressRemove}
              label={t`Remove ${address.email}`}
              icon={<X size={12} aria-hidden />}
              onPress={() => onChange(value.filter((each) => each !== address))}
            />
          </span>
        ))}
        {!isFull && (
          <Input
            className={styles.addressInput}
            placeholder={value.length === 0 ? t`name@example.org` : undefined}
            inputMode="email"
            autoCapitalize="off"
            autoFocus={props.autoFocus}
            onKeyDown={press}
          />
        )}
      </div>
      {props.errorMessage && <span className={styles.addressError}>{props.errorMessage}</span>}
      <Popover className={styles.addressMenu} offset={4}>
        <ListBox className={styles.addressList} items={customers}>
          {(customer) => (
            <ListBoxItem
              id={customer.id}
              textValue={customer.email ?? customer.name}
              className={styles.addressOption}
            >
              <span dir="auto">{customer.name || customer.email}</span>
              <small>{customer.email}</small>
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  );
}
