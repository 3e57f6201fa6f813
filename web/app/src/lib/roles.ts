import type { Role } from '@evenkeel/api';
import { useLingui } from '@lingui/react/macro';

type RoleWords = { name: string; detail: string; welcome: string };

/** What each role is called and may do, in plain words. */
export function useRoleWords(): Record<Role, RoleWords> {
  const { t } = useLingui();
  return {
    owner: {
      name: t`Owner`,
      detail: t`Everything an admin may do; there is always at least one.`,
      welcome: t`You are invited as an owner: you’ll run the desk and everything in it.`,
    },
    admin: {
      name: t`Admin`,
      detail: t`Sets up inboxes, people and teams, and answers customers.`,
      welcome: t`You are invited as an admin: you’ll help to run the desk.`,
    },
    lead: {
      name: t`Lead`,
      detail: t`Looks after waiting work and the people who do it, and answers customers.`,
      welcome: t`You are invited as a lead: you’ll look after the work of your team.`,
    },
    agent: {
      name: t`Agent`,
      detail: t`Answers customers and works on tickets.`,
      welcome: t`You are invited as an agent: you’ll answer customers together with the team.`,
    },
    light_agent: {
      name: t`Light agent`,
      detail: t`Reads tickets and adds notes, but doesn’t write to customers.`,
      welcome: t`You are invited as a light agent: you’ll read along and help the team with notes.`,
    },
  };
}
