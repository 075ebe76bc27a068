import { useEffect, useState } from 'preact/hooks';

const leastShownMs = 8_000;
/** Fifteen characters a second are read without haste. */
const readMsPerCharacter = 65;

let current = '';
let listener: (text: string) => void = () => {};

/** Says something for a few seconds, at the foot of the page and to a screen reader. */
export function say(text: string): void {
  current = text;
  listener(text);
}

export function Messages() {
  const [text, set] = useState(current);
  useEffect(() => {
    listener = set;
    return () => {
      listener = () => {};
    };
  }, []);
  useEffect(() => {
    if (text === '') return;
    const timer = setTimeout(() => say(''), Math.max(leastShownMs, text.length * readMsPerCharacter));
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div class="messages" role="status">
      {text !== '' && <p>{text}</p>}
    </div>
  );
}
