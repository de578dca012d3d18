/** The colours of the canvas, for light and for dark. Those of the page around it are in styles/base.css. */
export interface Palette {
  readonly outside: string;
  readonly ground: string;
  readonly dot: string;
  readonly inlay: string;
  readonly lettering: string;
  readonly wallTop: string;
  readonly wallEdge: string;
  readonly wallSide: string;
  readonly shade: string;
  readonly ink: string;
  readonly muted: string;
  readonly label: string;
  readonly bubble: string;
  readonly accent: string;
  readonly onAccent: string;
  readonly rim: string;
  /** Body of a figure or a pin, lit from above. */
  body(hue: number): { readonly light: string; readonly deep: string };
}

const light: Palette = {
  outside: '#dfe0dc',
  ground: '#f6f5f0',
  dot: '#d9d8cf',
  inlay: '#eeece4',
  lettering: '#e3e1d7',
  wallTop: '#bcc4cf',
  wallEdge: '#cfd6df',
  wallSide: '#949eac',
  shade: 'rgb(50 54 70 / 0.14)',
  ink: '#1d2530',
  muted: '#5a6473',
  label: 'rgb(255 255 255 / 0.88)',
  bubble: '#ffffff',
  accent: '#3a55c9',
  onAccent: '#ffffff',
  rim: '#ffffff',
  body: (hue) => ({ light: `oklch(0.78 0.13 ${hue})`, deep: `oklch(0.62 0.15 ${hue})` }),
};

const dark: Palette = {
  outside: '#0e1114',
  ground: '#181d23',
  dot: '#2a313a',
  inlay: '#1d232a',
  lettering: '#262d36',
  wallTop: '#3a4452',
  wallEdge: '#4a5666',
  wallSide: '#272f3a',
  shade: 'rgb(0 0 0 / 0.34)',
  ink: '#e7ebf1',
  muted: '#9ba7b6',
  label: 'rgb(14 17 20 / 0.8)',
  bubble: '#333d4a',
  accent: '#9db5ff',
  onAccent: '#10162a',
  rim: '#0e1114',
  body: (hue) => ({ light: `oklch(0.82 0.12 ${hue})`, deep: `oklch(0.66 0.14 ${hue})` }),
};

/** The palette that the system asks for now. */
export function watchPalette(): () => Palette {
  const prefersDark = matchMedia('(prefers-color-scheme: dark)');
  return () => (prefersDark.matches ? dark : light);
}

/** A person's colour as text on a surface of the page, legible on both schemes. */
export function inkOf(hue: number): string {
  return `light-dark(oklch(0.47 0.13 ${hue}), oklch(0.8 0.11 ${hue}))`;
}

/** A person's colour as a filled dot. */
export function fillOf(hue: number): string {
  return `light-dark(${light.body(hue).deep}, ${dark.body(hue).deep})`;
}
