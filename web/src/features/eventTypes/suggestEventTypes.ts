import { relay } from '../../api/relay.ts';
import type { Suggestion } from '../../ui/SuggestField.vue';

/** The most that are read for suggestions. */
const LIMIT = 100;

/** Event types that are described and whose name has what is typed. */
export async function suggestEventTypes(typed: string): Promise<Suggestion[]> {
  const { data } = await relay.listEventTypes({ limit: LIMIT });
  return data
    .map(({ name }) => ({ value: name, label: name }))
    .filter(({ label }) => label.toLowerCase().includes(typed.toLowerCase()));
}
