import { liveScreen } from './live-screen.ts';
import { plainScreen } from './plain-screen.ts';
import type { Screen } from './screen.ts';

/** A picture redrawn in place where there is a terminal; else, or when colours or motion are unwanted, a line for each change. */
export function openScreen(): Screen {
  const isPlain = !process.stdout.isTTY || process.env.NO_COLOR || process.env.CI || process.env.TERM === 'dumb';
  const open: Omit<Screen, 'close'> = isPlain ? plainScreen() : liveScreen();
  const closed: Omit<Screen, 'close'> = { say: () => {}, show: () => {}, endScene: () => {} };
  let now = open;
  return {
    say: (text) => now.say(text),
    show: (scene) => now.show(scene),
    endScene: () => now.endScene(),
    close() {
      now.endScene();
      now = closed;
    },
  };
}
