/**
 * Draws simple rich text as real elements in our own type. Nothing is ever inserted as markup: the
 * text is parsed into an inert document and walked, and only plain elements are made from it. Mail
 * with its own layout (styles, tables) is not simple and goes into a sealed frame instead.
 */
import { Fragment, type ReactNode } from 'react';
import { Fold, foldKind } from './richTextFold';

const PLAIN = new Set([
  ...['p', 'div', 'span', 'br', 'hr', 'b', 'strong', 'i', 'em', 'u', 's', 'del', 'sub', 'sup'],
  ...['ul', 'ol', 'li', 'blockquote', 'pre', 'code', 'h1', 'h2', 'h3', 'h4', 'a', 'img'],
]);
const TELLING_ATTRIBUTES = new Set(['style', 'class', 'bgcolor', 'color', 'align', 'width']);
/** Deeper text than this is not written by people. */
const DEPTH_MAX = 24;

export function parse(html: string): HTMLElement {
  return new DOMParser().parseFromString(html, 'text/html').body;
}

/** Whether the text needs no layout of its own. */
export function isSimple(body: HTMLElement): boolean {
  return [...body.querySelectorAll('*')].every((element) => {
    const name = element.localName;
    if (!PLAIN.has(name) || element.namespaceURI !== 'http://www.w3.org/1999/xhtml') return false;
    if (name === 'img' && !ownImage(element.getAttribute('src'))) return false;
    if (element.closest('span[data-mention]')) return true;
    return ![...element.attributes].some(({ name: attribute }) =>
      TELLING_ATTRIBUTES.has(attribute),
    );
  });
}

function ownImage(src: string | null): boolean {
  return src !== null && /^\/api\/v1\/attachments\/\d+$/.test(src);
}

function safeLink(href: string | null): string | undefined {
  return href !== null && /^(https?:|mailto:|tel:)/i.test(href) ? href : undefined;
}

function draw(node: Node, key: number, depth: number): ReactNode {
  if (node.nodeType === Node.TEXT_NODE) return node.textContent;
  if (!(node instanceof Element) || depth > DEPTH_MAX) return null;
  const children = drawAll(node, depth + 1);
  const name = node.localName;
  const kind = foldKind(node);
  if (kind) {
    return (
      <Fold key={key} kind={kind}>
        {children}
      </Fold>
    );
  }
  switch (name) {
    case 'br':
    case 'hr': {
      const Name = name;
      return <Name key={key} />;
    }
    case 'img': {
      const src = node.getAttribute('src');
      if (!ownImage(src)) return null;
      return (
        <a key={key} href={src ?? undefined} target="_blank" rel="noreferrer">
          <img src={src ?? undefined} alt={node.getAttribute('alt') ?? ''} loading="lazy" />
        </a>
      );
    }
    case 'a': {
      const href = safeLink(node.getAttribute('href'));
      if (!href) return <Fragment key={key}>{children}</Fragment>;
      return (
        <a key={key} href={href} target="_blank" rel="noreferrer noopener">
          {children}
        </a>
      );
    }
    case 'h1':
    case 'h2':
    case 'h3':
    case 'h4':
      return (
        <p key={key}>
          <strong>{children}</strong>
        </p>
      );
    case 'span':
      return node.hasAttribute('data-mention') ? (
        <mark key={key}>{children}</mark>
      ) : (
        <Fragment key={key}>{children}</Fragment>
      );
    case 'p':
    case 'div':
    case 'blockquote':
    case 'ul':
    case 'ol':
    case 'li': {
      const Name = name;
      return (
        <Name key={key} dir="auto">
          {children}
        </Name>
      );
    }
    default: {
      if (!PLAIN.has(name)) return <Fragment key={key}>{children}</Fragment>;
      const Name = name as 'b';
      return <Name key={key}>{children}</Name>;
    }
  }
}

function drawAll(parent: Node, depth: number): ReactNode[] {
  return [...parent.childNodes].map((child, index) => draw(child, index, depth));
}

/**
 * What was written, and the quoted earlier mail it ends with, apart. Mail that the server has
 * marked folds by its marks, where they stand.
 */
export function drawParts(body: HTMLElement): { written: ReactNode[]; quoted: ReactNode[] } {
  const children = drawAll(body, 0);
  if (body.querySelector('div[data-fold]')) return { written: children, quoted: [] };
  const nodes = [...body.childNodes];
  let start = nodes.length;
  while (start > 1) {
    const node = nodes[start - 1];
    const isBlank = node?.textContent?.trim() === '' && !(node instanceof HTMLImageElement);
    const isQuote = node instanceof Element && node.localName === 'blockquote';
    if (!isQuote && !isBlank) break;
    start -= 1;
  }
  const hasQuote = nodes.slice(start).some((node) => node.nodeName === 'BLOCKQUOTE');
  if (!hasQuote) return { written: children, quoted: [] };
  return { written: children.slice(0, start), quoted: children.slice(start) };
}
