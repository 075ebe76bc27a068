import './styles.css';
import { render } from 'preact';
import {
  type Account,
  accessToken,
  account,
  endSession,
  onSessionEnded,
  SignInRefused,
  signIn,
  signOut,
} from './sign-in.ts';

const app = document.querySelector('#app');

if (app !== null) {
  render(<p>Signing in…</p>, app);
  onSessionEnded(() => render(<SignedOut />, app));
  try {
    const outcome = await signIn();
    render(outcome === 'signed-in' ? <SignedIn who={account()} status={await fleetStatus()} /> : <SignedOut />, app);
  } catch (error) {
    const detail = error instanceof SignInRefused ? error.message : `Signing in failed: ${error}`;
    render(<p role="alert">{detail}</p>, app);
  }
}

async function fleetStatus(): Promise<number> {
  const { status } = await fetch('/api/fleet', { headers: { authorization: `Bearer ${await accessToken()}` } });
  if (status === 401) endSession();
  return status;
}

function SignedIn({ who: { name, roles }, status }: { who: Account; status: number }) {
  return (
    <main>
      <h1>Keyturn</h1>
      <p>
        Signed in as <strong>{name}</strong>: {roles.length === 0 ? 'no role' : roles.join(', ')}. The API answers{' '}
        {status}.
      </p>
      <button type="button" onClick={signOut}>
        Sign out
      </button>
    </main>
  );
}

function SignedOut() {
  return (
    <main>
      <h1>Keyturn</h1>
      <button type="button" onClick={() => void signIn({ asked: true })}>
        Sign in
      </button>
    </main>
  );
}
