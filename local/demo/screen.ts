import type { Counts } from './consumer-messages.ts';
import type { Scene } from './scene.ts';

/** Where the demo is shown. */
export interface Screen {
  /** Text that stays; said between scenes. */
  say(text: string): void;
  /** The scene as it is now; asked several times a second. */
  show(scene: Scene): void;
  /** How the consumers fare between rotations; asked once a second. */
  count(counts: Counts): void;
  /** The last scene stays; the next one begins below it. */
  endScene(): void;
  /** Whatever is said or shown from now on is not. */
  close(): void;
}
