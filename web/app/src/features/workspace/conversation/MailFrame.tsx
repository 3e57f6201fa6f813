import { useEffect, useRef, useState } from 'react';
import styles from './Message.module.css';
import { FOLD_STYLE } from './richTextFold';

interface MailFrameProps {
  html: string;
  showsImages: boolean;
  title: string;
}

const HEIGHT_MAX = 20_000;
const FRAME_STYLE = `
  html { color-scheme: light; }
  body { margin: 0; padding: 12px 14px; background: #fff; color: #1c2225; overflow-wrap: anywhere;
         font: 15px/1.6 system-ui, sans-serif; overflow-y: hidden; }
  img { max-width: 100%; height: auto; }
  table { max-width: 100%; }
  pre { white-space: pre-wrap; }
  blockquote { margin: 0.75em 0; padding-inline-start: 0.9em; border-inline-start: 2px solid #d5d2ca; }
  a { color: #0c6a68; }
`;

/** Puts the real addresses of remote images back, which the server held in `data-src`. */
function withImages(html: string): string {
  const body = new DOMParser().parseFromString(html, 'text/html').body;
  for (const image of body.querySelectorAll('img[data-src]')) {
    const source = image.getAttribute('data-src') ?? '';
    if (/^https?:/i.test(source)) image.setAttribute('src', source);
  }
  return body.innerHTML;
}

/** The frame's whole document. Its policy allows no script, no form, no font, no other frame. */
function frameDocument({ html, showsImages }: MailFrameProps): string {
  const images = showsImages ? "'self' data: blob: https: http:" : "'self' data: blob:";
  const policy = `default-src 'none'; img-src ${images}; style-src 'unsafe-inline'`;
  return `<!doctype html><html><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer"><base target="_blank">
<style>${FRAME_STYLE}${FOLD_STYLE}</style></head><body dir="auto">${showsImages ? withImages(html) : html}</body></html>`;
}

/**
 * Mail as its sender laid it out, in a frame without scripts. The frame shares our origin only so
 * that its height can be measured from here; links open in a new tab.
 */
export function MailFrame(props: MailFrameProps) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(80);
  const [loads, setLoads] = useState(0);

  useEffect(() => {
    const body = frame.current?.contentDocument?.body;
    const root = frame.current?.contentDocument?.documentElement;
    if (!body || !root || loads === 0) return;
    const measure = () => {
      const wide = root.scrollWidth > root.clientWidth ? 16 : 0;
      setHeight(Math.min(HEIGHT_MAX, Math.ceil(body.getBoundingClientRect().height) + wide));
    };
    const watcher = new ResizeObserver(measure);
    watcher.observe(body);
    measure();
    return () => watcher.disconnect();
  }, [loads]);

  return (
    <iframe
      ref={frame}
      className={styles.frame}
      title={props.title}
      sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
      referrerPolicy="no-referrer"
      srcDoc={frameDocument(props)}
      style={{ blockSize: height }}
      onLoad={() => setLoads((count) => count + 1)}
    />
  );
}
