/** Icons as outlines on a field of 20 by 20. They are beside words, so screen readers pass over them. */
const outlines = {
  jobs: 'M5 3h7l4 4v10H5zM12 3v4h4M8 11h5M8 14h5',
  print: 'M3 10l14-6-5 13-3-5zM9 12l8-8',
  printers: 'M4 8h12v6H4zM6 8V4h8v4M7 14v3h6v-3M13 11h.01',
  places: 'M10 17s-5-5.2-5-9a5 5 0 0 1 10 0c0 3.8-5 9-5 9zM10 8h.01',
  events: 'M3 10h3l2-6 4 12 2-6h3',
  keys: 'M8 12a3.5 3.5 0 1 1 2.5-2.5L17 16v1h-3v-2h-2v-2h-1.5z',
  health: 'M10 17s-7-4.2-7-9a3.7 3.7 0 0 1 7-1.8A3.7 3.7 0 0 1 17 8c0 4.8-7 9-7 9z',
  good: 'M4 10.5l4 4 8-9',
  bad: 'M5 5l10 10M15 5L5 15',
  attention: 'M10 3l8 14H2zM10 8v4M10 14.5h.01',
  decision: 'M7 7.5a3 3 0 1 1 4 2.8c-.7.3-1 .9-1 1.7M10 15h.01',
  moving: 'M4 10h11M11 6l4 4-4 4',
  waiting: 'M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM10 6v4l3 2',
  quiet: 'M5 10h10',
  menu: 'M3 6h14M3 10h14M3 14h14',
  search: 'M9 4a5 5 0 1 0 0 10A5 5 0 0 0 9 4zM13 13l4 4',
} as const;

export type IconName = keyof typeof outlines;

export const Icon = ({ name }: { name: IconName }) => (
  <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
    <path d={outlines[name]} />
  </svg>
);
