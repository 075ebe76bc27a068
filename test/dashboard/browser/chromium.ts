import { existsSync } from 'node:fs';

/** Where Debian, Ubuntu, Fedora, macOS and Windows install Chromium or Chrome. */
const places = [
  process.env.KEYTURN_CHROMIUM ?? '',
  // The same engine without windows: far fewer processes.
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:/Program Files/Google/Chrome/Application/chrome.exe',
];

/** The browser that drives the dashboard's tests; null: there is none, and nothing is downloaded. */
export const chromium = places.find((place) => place !== '' && existsSync(place)) ?? null;

export const noChromium =
  'There is no Chromium here: the dashboard is not tried in a browser. "apt-get install chromium-headless-shell" brings it, KEYTURN_CHROMIUM names another place.';

/** It sees no other host than this machine and, by `--proxy-server`, the simulated Azure; it looks for nothing by itself. */
export const chromiumArguments = [
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-gpu',
  '--no-first-run',
  // A container's root may have no sandbox of its own.
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];
