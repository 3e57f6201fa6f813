/**
 * The second opinion on an outgoing mail: reads it by the letter of RFC 5322 and RFC 2046 and
 * shares no code with the parser that gives the first.
 */
const CRLF = '\r\n';
const LINE_OCTETS_MAX = 998;

export type Part = {
  /** Lower-case names; folded lines joined. */
  headers: Map<string, string[]>;
  type: string;
  parts: Part[];
  /** As it was sent; empty for a multipart. */
  body: string;
};

/** Takes a mail apart; throws at the first thing a strict reader would not take. */
export function structure(raw: Buffer): Part {
  const text = raw.toString('latin1');
  if (/[^\r]\n|\r[^\n]/.test(text)) throw new Error('a line does not end with CRLF');
  const long = text.split(CRLF).find((line) => line.length > LINE_OCTETS_MAX);
  if (long) throw new Error(`a line has ${long.length} octets`);
  return part(text);
}

function part(text: string): Part {
  const end = text.indexOf(CRLF + CRLF);
  if (end < 0) throw new Error('there is no empty line after the header');
  const headers = header(text.slice(0, end));
  const content = text.slice(end + 4);
  const field = headers.get('content-type')?.[0] ?? 'text/plain';
  const type = field.split(';')[0]?.trim().toLowerCase() ?? '';
  if (!type.startsWith('multipart/')) return { headers, type, parts: [], body: content };
  const boundary = /boundary="?([^";]+)"?/i.exec(field)?.[1];
  if (!boundary) throw new Error(`${type} without a boundary`);
  return { headers, type, parts: split(content, boundary).map(part), body: '' };
}

function header(text: string): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  const lines = text.replaceAll(/\r\n[ \t]+/g, ' ').split(CRLF);
  for (const line of lines) {
    const [, name, value] = /^([!-9;-~]+):\s?(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new Error(`no header: ${line}`);
    if (/[^\x20-\x7e\t]/.test(value)) throw new Error(`${name} is not ASCII`);
    const key = name.toLowerCase();
    headers.set(key, [...(headers.get(key) ?? []), value]);
  }
  return headers;
}

function split(content: string, boundary: string): string[] {
  const body = CRLF + content;
  const close = body.indexOf(`${CRLF}--${boundary}--`);
  if (close < 0) throw new Error(`the boundary ${boundary} is never closed`);
  const [, ...parts] = body.slice(0, close).split(`${CRLF}--${boundary}${CRLF}`);
  if (parts.length === 0) throw new Error('a multipart without parts');
  return parts;
}

/** The one value of a header that must stand exactly once. */
export function once({ headers }: Part, name: string): string {
  const values = headers.get(name.toLowerCase()) ?? [];
  if (values.length !== 1) throw new Error(`${name} stands ${values.length} times`);
  return values[0] ?? '';
}

/** The types as a tree in brackets: `multipart/alternative(text/plain, text/html)`. */
export function outline({ type, parts }: Part): string {
  return parts.length === 0 ? type : `${type}(${parts.map(outline).join(', ')})`;
}

/** Every part that holds something. */
export function leaves(tree: Part): Part[] {
  return tree.parts.length === 0 ? [tree] : tree.parts.flatMap(leaves);
}

/** What a leaf holds, decoded. */
export function decoded(leaf: Part): Buffer {
  const encoding = leaf.headers.get('content-transfer-encoding')?.[0]?.trim().toLowerCase();
  switch (encoding) {
    case 'base64':
      return Buffer.from(leaf.body, 'base64');
    case 'quoted-printable':
      return Buffer.from(
        leaf.body
          .replaceAll(/[ \t]*=\r\n/g, '')
          .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) =>
            String.fromCharCode(parseInt(hex, 16)),
          ),
        'latin1',
      );
    default:
      return Buffer.from(leaf.body, 'latin1');
  }
}
