import type { ReactElement, ReactNode } from 'react';
import { Autocomplete } from 'react-aria-components/Autocomplete';
import { Dialog, DialogTrigger } from 'react-aria-components/Dialog';
import { Popover } from 'react-aria-components/Popover';
import { ListBox, ListBoxItem, type Selection } from 'react-aria-components/ListBox';
import { Check } from 'lucide-react';
import { SearchField } from '../field/SearchField';
import styles from './Overlay.module.css';

export interface PickerOption {
  id: string;
  label: string;
  icon?: ReactNode;
  detail?: string;
}

export interface PickerProps {
  trigger: ReactElement;
  /** What is being picked: names the search field and the list. */
  label: string;
  options: readonly PickerOption[];
  selected: readonly string[];
  onChange: (selected: string[]) => void;
  /** Keep the list open and let several be chosen. */
  multiple?: boolean;
  emptyText: string;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  /** Offers to make what was typed when nothing of that name exists. */
  create?: { label: (text: string) => string; onCreate: (text: string) => void };
  search?: string;
  onSearch?: (text: string) => void;
}

const CREATE = '\u0000create';

function contains(text: string, search: string): boolean {
  return text.toLocaleLowerCase().includes(search.trim().toLocaleLowerCase());
}

/** A searchable list in a popover: people, teams, tags. Closes on a single choice. */
export function Picker(props: PickerProps) {
  const { options, selected, multiple, create, search = '' } = props;
  const typed = search.trim();
  const offersCreate =
    create &&
    typed !== '' &&
    !options.some((option) => option.label.toLocaleLowerCase() === typed.toLocaleLowerCase());
  const choose = (selection: Selection) => {
    if (selection === 'all') return;
    const ids = [...selection].map(String);
    if (ids.includes(CREATE)) create?.onCreate(typed);
    else props.onChange(ids);
    if (!multiple) props.onOpenChange(false);
  };
  const shown = offersCreate
    ? [...options, { id: CREATE, label: create.label(typed), icon: undefined, detail: undefined }]
    : options;
  return (
    <DialogTrigger isOpen={props.isOpen} onOpenChange={props.onOpenChange}>
      {props.trigger}
      <Popover className={styles.popover} placement="bottom start" offset={4}>
        <Dialog aria-label={props.label} style={{ outline: 'none' }}>
          <Autocomplete
            filter={(text, input) => contains(text, input)}
            inputValue={props.search}
            onInputChange={props.onSearch}
          >
            <div className={styles.pickerSearch}>
              <SearchField label={props.label} autoFocus />
            </div>
            <ListBox
              aria-label={props.label}
              className={styles.menu}
              selectionMode={multiple ? 'multiple' : 'single'}
              selectedKeys={selected}
              onSelectionChange={choose}
              disallowEmptySelection={!multiple}
              escapeKeyBehavior="none"
              items={shown}
              renderEmptyState={() => <div className={styles.pickerEmpty}>{props.emptyText}</div>}
            >
              {(option) => (
                <ListBoxItem
                  id={option.id}
                  textValue={`${option.label} ${option.detail ?? ''}`}
                  className={styles.item}
                >
                  {({ isSelected }) => (
                    <>
                      {option.icon}
                      <span className={styles.itemText}>
                        {option.label}
                        {option.detail && (
                          <span className={styles.itemDetail}>{option.detail}</span>
                        )}
                      </span>
                      {isSelected && <Check size={16} className={styles.itemCheck} aria-hidden />}
                    </>
                  )}
                </ListBoxItem>
              )}
            </ListBox>
          </Autocomplete>
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
