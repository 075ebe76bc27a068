import { wrapped } from '../../cli/screen/wrapped.ts';
import { liveScreen } from './live-screen.ts';
import { plainScreen } from './plain-screen.ts';
import type { Screen } from './screen.ts';

/** A picture redrawn in place where there is a terminal; else, or where motion is unwanted, a line for each change. NO_COLOR takes only colours away. */
export function openScreen(): Screen {
  const isPlain = !process.stdout.isTTY || process.env.CI || process.env.TERM === 'dumb';
  const open: Omit<Screen, 'close'> = isPlain ? plainScreen() : liveScreen();
  const closed: Omit<Screen, 'close'> = { say: () => {}, show: () => {}, count: () => {}, endScene: () => {} };
  let now = open;
  return {
    say: (text) => now.say(wrapped(text)),
    show: (scene) => now.show(scene),
    count: (counts) => now.count(counts),
    endScene: () => now.endScene(),
    close() {
      now.endScene();
      now = closed;
    },
  };
}
