import { relay } from '../../api/relay.ts';
import type { Suggestion } from '../../ui/SuggestField.vue';
import { useWebhooks } from './webhooksStore.ts';

/** So many are suggested. */
const LIMIT = 12;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** What a webhook is called whose id this is; what is no id is what somebody typed. */
export const webhookLabel = (id: string): string => (UUID.test(id) ? useWebhooks().nameOf(id) : id);

/** Webhooks whose name or URL has what is typed, by their names; of those that are called alike the end of the id tells which. */
export async function suggestWebhooks(typed: string): Promise<Suggestion[]> {
  const { data } = await relay.listWebhooks({ limit: LIMIT, ...(typed && { q: typed }) });
  useWebhooks().remember(data);
  return data.map(({ id, name }) => {
    const isAlone = data.filter((other) => other.name === name).length === 1;
    return { value: id, label: isAlone ? name : `${name} …${id.slice(-8)}` };
  });
}
