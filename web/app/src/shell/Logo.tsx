/** The mark: a boat that floats level. */
export function Logo({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden>
      <rect width="32" height="32" rx="8" fill="var(--accent)" />
      <g fill="var(--on-accent)">
        <path d="M6 17.5h20c-1.300 4.500-5 7-10 7s-8.700-2.500-10-7Z" />
        <path d="M15 6.500v8.500H8.500Z" opacity="0.75" />
        <path d="M17 9v6h5Z" />
      </g>
    </svg>
  );
}
