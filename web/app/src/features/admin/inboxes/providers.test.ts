import { describe, expect, it } from 'vitest';
import { newDraft, toCheck, toInput, withProvider } from './draft';
import { guessProvider, usualPort } from './providers';

describe('providers', () => {
  it('are known by their own domains only', () => {
    expect(guessProvider(' Ana@GMAIL.com ')).toBe('gmail');
    expect(guessProvider('help@shop.example')).toBeNull();
    expect(guessProvider('gmail.com')).toBeNull();
  });

  it('change the port with the security', () => {
    expect(usualPort('imap', 'tls')).toBe(993);
    expect(usualPort('imap', 'starttls')).toBe(143);
    expect(usualPort('smtp', 'starttls')).toBe(587);
  });
});

describe('an inbox draft', () => {
  const draft = {
    ...withProvider(newDraft('Shop'), 'fastmail'),
    address: ' help@shop.example ',
    password: 'secret',
  };

  it('signs in with the address unless told otherwise', () => {
    expect(toCheck(draft).imap).toMatchObject({
      host: 'imap.fastmail.com',
      username: 'help@shop.example',
      password: 'secret',
    });
    expect(toCheck({ ...draft, imap: { ...draft.imap, username: 'u1' } }).smtp?.username).toBe(
      'u1',
    );
  });

  it('sends with its own sign-in when that is apart', () => {
    const apart = {
      ...draft,
      smtpApart: true,
      smtpPassword: 'other',
      smtp: { ...draft.smtp, username: 'relay' },
    };
    expect(toCheck(apart).smtp).toMatchObject({ username: 'relay', password: 'other' });
    expect(toCheck(apart).imap).toMatchObject({ password: 'secret' });
  });

  it('leaves an untouched password out', () => {
    expect(toCheck({ ...draft, password: '' }).imap).not.toHaveProperty('password');
  });

  it('is called by its address until it has a name', () => {
    expect(toInput(draft).name).toBe('help@shop.example');
    expect(toInput({ ...draft, name: 'Help' }).name).toBe('Help');
  });

  it('asks for new mail only', () => {
    expect(toInput(draft).import).toBe('new_only');
  });
});
