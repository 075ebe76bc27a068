import { liveScreen } from './live-screen.ts';
import { plainScreen } from './plain-screen.ts';
import type { Scene } from './scene.ts';

/** Where the demo is shown. */
export interface Screen {
  /** Text that stays; said between scenes. */
  say(text: string): void;
  /** The scene as it is now; asked several times a second. */
  show(scene: Scene): void;
  /** The last scene stays; the next one begins below it. */
  endScene(): void;
  /** Whatever is said or shown from now on is not. */
  close(): void;
}

/** A picture redrawn in place where there is a terminal; else, or when colours or motion are unwanted, a line for each change. */
export function screen(): Screen {
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
