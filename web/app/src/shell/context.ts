import { createContext, useContext } from 'react';

/** What screens ask of the shell around them. */
export const ShellContext = createContext({ openNav: (): void => undefined });

export const useShell = () => useContext(ShellContext);
