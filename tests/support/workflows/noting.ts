import { ApplicationFailure, proxySinks, sleep, type Sinks } from '@temporalio/workflow';

interface Notes extends Sinks {
  notes: { note(text: string): void };
}

const { notes } = proxySinks<Notes>();

/** Notes a text, waits for a moment, and ends well or fails. */
export async function noting(text: string, fails: boolean): Promise<void> {
  notes.note(text);
  await sleep(1);
  if (fails) throw ApplicationFailure.nonRetryable('as asked');
}
