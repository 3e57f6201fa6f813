import { useMutation, useQueryClient, type QueryKey } from '@tanstack/react-query';
import { fieldWords } from './problems';

export type SaveOptions<Output> = {
  /** Lists that hold what is saved; fetched again afterwards, also after a refusal. */
  refreshes?: readonly QueryKey[];
  onSaved?: (output: Output) => void | Promise<void>;
};

/** One change sent to the server, with what a form needs to show about it. */
export function useSave<Input, Output>(
  save: (input: Input) => Promise<Output>,
  { refreshes = [], onSaved }: SaveOptions<Output> = {},
) {
  const queries = useQueryClient();
  const refresh = () =>
    Promise.all(refreshes.map((queryKey) => queries.invalidateQueries({ queryKey })));
  const { mutate, isPending, error, reset } = useMutation<Output, unknown, Input>({
    mutationFn: save,
    onSuccess: async (output) => {
      await refresh();
      await onSaved?.(output);
    },
    // What is shown may be what was refused: an old version, or a change shown before its time.
    onError: refresh,
  });
  return {
    save: mutate,
    isSaving: isPending,
    error,
    reset,
    words: (name: string) => fieldWords(error, name),
  };
}
