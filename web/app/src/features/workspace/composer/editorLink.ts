import { extensionsFor, type Sources, type Suggesting } from './extensions';

type Wanted = Pick<Sources, 'onMacro'> & {
  placeholder: string;
  agents: ReturnType<Sources['agents']>;
  macros: ReturnType<Sources['macros']>;
};

/**
 * The editor is made once, the screen around it changes: this holds what the editor's extensions
 * ask for now, and what they offer.
 */
export function linkEditor<Props extends Wanted>(
  first: Props,
  onSuggest: (suggesting: Suggesting | null) => void,
) {
  let latest = first;
  let offered: Suggesting | null = null;
  return {
    take: (next: Props) => {
      latest = next;
    },
    latest: () => latest,
    extensions: extensionsFor({
      placeholder: () => latest.placeholder,
      agents: () => latest.agents,
      macros: () => latest.macros,
      onMacro: (macro, insert) => latest.onMacro(macro, insert),
      suggest: (next) => {
        offered = next;
        onSuggest(next);
      },
      suggesting: () => offered,
    }),
  };
}
