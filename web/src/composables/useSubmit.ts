import { ref, shallowRef } from 'vue';
import { RelayProblem } from '#client/index.ts';

/** Sends a form. What the API says against it is kept for its fields, until it is sent again or forgotten. */
export function useSubmit() {
  const error = shallowRef<RelayProblem | null>(null);
  const isSending = ref(false);

  /** Answers whether it went well. */
  async function submit(send: () => Promise<unknown>): Promise<boolean> {
    isSending.value = true;
    try {
      await send();
      error.value = null;
      return true;
    } catch (caught) {
      if (!(caught instanceof RelayProblem)) throw caught;
      error.value = caught;
      return false;
    } finally {
      isSending.value = false;
    }
  }

  const forget = (): void => void (error.value = null);
  return { error, isSending, submit, forget };
}
