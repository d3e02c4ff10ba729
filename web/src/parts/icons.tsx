/** Line drawings, 24×24, in the colour of the text. */
const PATHS = {
  studio: "M12 7a2 2 0 1 1 1 1.7c-.6.4-1 .8-1 1.5v.6l7.6 5.1c1.2.8.7 2.6-.8 2.6H5.2c-1.5 0-2-1.8-.8-2.6L12 10.8",
  mirror: "M12 3a6 7.5 0 0 1 0 15 6 7.5 0 0 1 0-15m0 15v3m-4 0h8M9.5 9.5 12 7",
  wardrobe: "M5 3h14v17H5zM12 3v17M10 11v2m4-2v2M7 20v1.500m10-1.500v1.500",
  history: "M4 12a8 8 0 1 0 2.6-5.9M4 4v4h4m4-1v5l3 2",
  account: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8m-7 8c.8-3.4 3.600-5 7-5s6.200 1.600 7 5",
  admin: "M4 18a9 9 0 1 1 16 0M12 15l4.500-6M12 16.500a1.500 1.500 0 1 0 0-3 1.500 1.500 0 0 0 0 3",
  upload: "M12 16V5m-4 4 4-4 4 4M5 19h14",
  camera: "M4 8h3l1.500-2.500h7L17 8h3v11H4zm8 2.500a3.200 3.200 0 1 0 0 6.400 3.200 3.200 0 0 0 0-6.400",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, className = "size-6" }: { name: IconName; className?: string }) {
  return (
    <svg aria-hidden viewBox="0 0 24 24" className={className} fill="none" stroke="currentColor" strokeWidth={1.7} strokeLinecap="round" strokeLinejoin="round">
      <path d={PATHS[name]} />
    </svg>
  );
}
