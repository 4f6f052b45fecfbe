import type { Delivery } from '#contract/deliveries.ts';
import { api } from '../../api/client.ts';

export const canRetry = ({ status }: Delivery): boolean =>
  ['failed', 'retrying', 'skipped', 'cancelled'].includes(status);
export const canCancel = ({ status }: Delivery): boolean => status === 'pending' || status === 'retrying';

export const retryDelivery = (id: string) => api.post<Delivery>(`/api/deliveries/${id}/retry`);
export const cancelDelivery = (id: string) => api.post<Delivery>(`/api/deliveries/${id}/cancel`);
