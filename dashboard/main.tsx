import './styles/main.css';
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { forgetAnswers } from './api/live.ts';
import { App } from './app.tsx';
import { account, onSessionEnded, SignInRefused, signIn, signOut } from './sign-in.ts';

type Session = { readonly kind: 'signed-in' | 'signed-out' | 'ended' } | { readonly kind: 'refused'; detail: string };

const app = document.querySelector('#app');

if (app !== null) {
  render(<p class="alone">Signing in…</p>, app);
  const session = await signIn().then(
    (kind): Session => ({ kind }),
    (error): Session => ({
      kind: 'refused',
      // Entra's own words; anything else kept its answer away.
      detail:
        error instanceof SignInRefused
          ? error.message
          : 'Entra did not answer. Check your connection, and sign in again.',
    }),
  );
  render(<Root first={session} />, app);
}

function Root({ first }: { first: Session }) {
  const [session, setSession] = useState(first);
  useEffect(
    () =>
      onSessionEnded(() => {
        forgetAnswers();
        setSession({ kind: 'ended' });
      }),
    [],
  );
  if (session.kind === 'signed-in') return <App who={account()} onSignOut={signOut} />;
  return (
    <main class="alone">
      <h1>Keyturn</h1>
      {session.kind === 'ended' && <p role="alert">Your session has ended. Sign in again to go on where you were.</p>}
      {session.kind === 'refused' && (
        <p role="alert" class="note bad">
          {session.detail}
        </p>
      )}
      <button type="button" class="primary" onClick={() => void signIn({ asked: true })}>
        Sign in
      </button>
    </main>
  );
}
