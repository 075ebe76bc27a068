import type { Happening } from '../../memory-world/happening.ts';

/** Tells, for the trace of a failure, what left a worker and what it did to Azure. */
export function notifyHappening(happening: Happening, say: (text: string) => void): void {
  switch (happening.kind) {
    case 'sent':
      if (happening.call.service !== 'endpoint')
        say(`${happening.by}: ${happening.call.service} ${happening.call.operation} ${happening.call.subject}`);
      return;
    case 'regenerated':
      say(`${happening.by}: ${happening.slot} regenerated, ${happening.killed} is dead`);
      return;
    case 'stored':
      say(`${happening.by}: ${happening.name} is stored`);
      return;
    case 'outside':
      say(`outside: ${happening.act}`);
  }
}
