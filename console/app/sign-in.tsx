import { useEffect, useRef, useState } from 'preact/hooks';
import { ClientError, PlatenClient } from '../../client/index.ts';
import { Icon } from '../parts/icons.tsx';
import { apiOrigin, reasonOf } from './api.ts';
import { reportAnswer } from './connection.ts';
import { signIn, signInNotice } from './session.ts';

/** Asks for a key, and tries it before it is kept. */
export function SignIn() {
  const [problem, setProblem] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = 'Sign in - Platen';
    field.current?.focus();
  }, []);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const key = String(form.get('key') ?? '').trim();
    if (!key) return setProblem('Paste a key first.');
    setBusy(true);
    try {
      await new PlatenClient({ endpoint: await apiOrigin(), key, patienceMilliseconds: 0 }).printers();
      reportAnswer();
      signIn(key, { remember: form.get('remember') !== null });
    } catch (error) {
      const isRefused = error instanceof ClientError && error.status === 401;
      setProblem(isRefused ? 'This key is not known here. Check that it was copied completely.' : reasonOf(error));
      field.current?.focus();
    } finally {
      setBusy(false);
    }
  };

  return (
    <main class="sign-in">
      <h1>
        <Icon name="print" /> Platen
      </h1>
      {signInNotice.value && (
        <div class="note attention" role="alert">
          <p>{signInNotice.value}</p>
        </div>
      )}
      <form onSubmit={submit}>
        <label for="key">Key</label>
        <input
          id="key"
          name="key"
          type="password"
          ref={field}
          autocomplete="current-password"
          spellcheck={false}
          aria-describedby="key-help key-problem"
          aria-invalid={problem !== undefined}
        />
        <p id="key-problem" class="problem" role="alert">
          {problem}
        </p>
        <label class="choice">
          <input type="checkbox" name="remember" /> Remember on this computer for twelve hours
        </label>
        <button type="submit" class="primary" disabled={isBusy}>
          Sign in
        </button>
        <p id="key-help" class="quiet">
          Your administrator makes keys. On a machine of your own, <code>npm start</code> shows an address that signs in
          once, and the first key is in <code>data/platen.json</code>.
        </p>
      </form>
    </main>
  );
}
