import type { Delivery } from '#contract/deliveries.ts';
import { isOpen, isRetryable } from '#contract/statuses.ts';
import { api } from '../../api/client.ts';

/** One that waits for its next attempt may have it now; one that is pending has it coming. */
export const canRetry = ({ status }: Delivery): boolean => isRetryable(status) || status === 'retrying';
export const canCancel = ({ status }: Delivery): boolean => isOpen(status);

export const retryDelivery = (id: string) => api.post<Delivery>(`/api/deliveries/${id}/retry`);
export const cancelDelivery = (id: string) => api.post<Delivery>(`/api/deliveries/${id}/cancel`);
