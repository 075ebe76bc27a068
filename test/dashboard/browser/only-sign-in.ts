import { accessToken, account, signIn, signOut } from '../../../dashboard/sign-in.ts';

/** Stands in for the dashboard's script: signs in, and hands out what sign-in offers. */
const keyturn = { accessToken, account, signOut, askAgain: () => signIn({ asked: true }) };

declare global {
  interface Window {
    keyturn?: typeof keyturn;
    /** How signing in ended: `signed-in`, `signed-out`, or the error's message. */
    outcome?: string;
  }
}

window.keyturn = keyturn;
window.outcome = await signIn().catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
