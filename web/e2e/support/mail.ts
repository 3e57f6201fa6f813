/** Customers' mail programs: nodemailer writes and sends, ImapFlow reads, mailparser judges. */
import { readFileSync } from 'node:fs';
import { ImapFlow } from 'imapflow';
import { simpleParser, type ParsedMail } from 'mailparser';
import { createTransport, type SendMailOptions } from 'nodemailer';
import { eventually } from './wait';

const PASSWORD = 'practice';
const ARRIVES_WITHIN_MS = 20_000;

export type Place = { host: string; port: number };

/** Where the test services listen; tells how to start them when they don't. */
function service(name: string): Place {
  const [host, port] = setting(name).split(':');
  return { host: host ?? '', port: Number(port) };
}

/** A setting that the test services give. */
export function setting(name: string): string {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} is not set: run this by cargo xtask test --only e2e`);
  }
  return value;
}

export const imaps = (): Place => service('EVENKEEL_TEST_IMAPS');
export const smtps = (): Place => service('EVENKEEL_TEST_SMTPS');
const tls = () => ({ ca: readFileSync(setting('EVENKEEL_TEST_MAIL_CA')) });

export type Arrived = { raw: Buffer; mail: ParsedMail };

/** A person with a mailbox of their own. */
export class MailProgram {
  constructor(
    readonly address: string,
    readonly name: string,
  ) {}

  /** Sends a mail and answers its Message-ID. */
  async send(mail: SendMailOptions): Promise<string> {
    const transport = createTransport({ ...smtps(), secure: true, tls: tls() });
    try {
      const { messageId } = await transport.sendMail({
        from: { name: this.name, address: this.address },
        ...mail,
      });
      return messageId;
    } finally {
      transport.close();
    }
  }

  /** Everything in the inbox whose subject contains these words. */
  async find(subject: string): Promise<Arrived[]> {
    const client = new ImapFlow({
      ...imaps(),
      secure: true,
      tls: tls(),
      auth: { user: this.address, pass: PASSWORD },
      logger: false,
    });
    await client.connect();
    try {
      await client.mailboxOpen('INBOX', { readOnly: true });
      const found = await client.search({ subject }, { uid: true });
      const mails: Arrived[] = [];
      for (const uid of found || []) {
        const fetched = await client.fetchOne(String(uid), { source: true }, { uid: true });
        if (!fetched || !fetched.source) throw new Error(`mail ${uid} went away while reading`);
        mails.push({ raw: fetched.source, mail: await simpleParser(fetched.source) });
      }
      return mails;
    } finally {
      await client.logout();
    }
  }

  /** Waits for so many mails with these words in the subject; more than that is an error. */
  async arrived(subject: string, count: number): Promise<Arrived[]> {
    const mails = await eventually(
      `${this.address} has ${count} of “${subject}”`,
      ARRIVES_WITHIN_MS,
      async () => {
        const found = await this.find(subject);
        return found.length >= count && found;
      },
    );
    if (mails.length > count) {
      throw new Error(`${this.address} has ${mails.length} of “${subject}”, not ${count}`);
    }
    return mails;
  }
}
